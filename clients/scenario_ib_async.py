"""ib_async, unchanged, through the gate."""

from asyncio_family import AsyncioFamily
from scenario import main

main(AsyncioFamily("ib_async", server_version=178))
