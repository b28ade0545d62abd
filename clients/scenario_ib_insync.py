"""ib_insync, unchanged, through the gate."""

from asyncio_family import AsyncioFamily
from scenario import main

main(AsyncioFamily("ib_insync", server_version=176))
