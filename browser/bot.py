"""A trading program: ib_async, unchanged. It buys for a value, and tells each change of its (last) order in JSON.

Each line that it is told is a part: its order is changed to bid that part of its price."""

import argparse
import json
import os
import select
import sys


def tell(**said):
    print(json.dumps(said), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--client", required=True, type=int)
    parser.add_argument("--families", required=True)
    parser.add_argument("--part", default=1.01, type=float)
    parser.add_argument("--value", required=True, type=int)
    parser.add_argument("--times", default=1, type=int)
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.families)
    sys.dont_write_bytecode = True
    from asyncio_family import AsyncioFamily

    family = AsyncioFamily("ib_async", server_version=178)
    secret = os.environ.get("PORTREEVE_SECRET")
    if secret:
        # As the portal says it to whoever makes an API credential.
        connect = family.lib.IB.connect

        def with_secret(ib, *words, **more):
            ib.client.setConnectOptions("secret=" + secret)
            return connect(ib, *words, **more)

        family.lib.IB.connect = with_secret
    family.connect(arguments.port, arguments.client)
    family.ib.disconnectedEvent += lambda: tell(disconnected=True)
    instrument = family.qualify("AAPL")
    ask = family.snapshot(instrument).ask
    price = round(round(ask * arguments.part / instrument.min_tick) * instrument.min_tick, 6)
    for _ in range(arguments.times):
        trade = family.place(instrument, "BUY", int(arguments.value / ask), "LMT", price)
    told = None
    while family.ib.isConnected():
        view = family.view(trade)
        now = (view.status, view.filled, view.remaining, bool(view.why_held), view.done, tuple(view.codes))
        if now != told:
            told = now
            names = ("status", "filled", "remaining", "held", "done", "codes")
            tell(**dict(zip(names, now)), told=view.told)
        if select.select([sys.stdin], [], [], 0)[0]:
            line = sys.stdin.readline().strip()
            if line:
                family.modify(trade, round(price * float(line) / instrument.min_tick) * instrument.min_tick)
        # Until the reader has seen enough and ends it.
        try:
            family.ib.waitOnUpdate(timeout=0.25)
        except ConnectionError:
            break  # told already, by the event


main()
