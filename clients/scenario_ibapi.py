"""Interactive Brokers' own Python client, unchanged, through the gate; which release, the environment says."""

import inspect

from ibapi.client import EClient

from ibapi_family import IbapiFamily
from scenario import main

# The old release offers 157 at most; the new one would go on to protobuf, and is answered in text.
NEW = "orderCancel" in inspect.signature(EClient.cancelOrder).parameters

main(IbapiFamily(server_version=178 if NEW else 157))
