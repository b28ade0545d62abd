"""A release of Rust ibapi, unchanged, through the gate; which program, the environment says."""

import os
import pathlib

from rust_family import RustFamily
from scenario import main

program = pathlib.Path(os.environ["CLIENTS_RUST"])
main(RustFamily(program, server_version=213 if program.name == "ibapi-protobuf" else 178))
