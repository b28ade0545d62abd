"""The same release of Interactive Brokers' client as in text, asking to be answered in protobuf."""

from ibapi_family import IbapiFamily
from scenario import main

main(IbapiFamily(server_version=213, options="protocol=protobuf"))
