"""Makes a golden data directory with the real binary: python make.py PORTREEVE DIR (needs ib_async and openssl).

A directory that is there already is never overwritten: golden data is kept for ever.
"""

import base64
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from ib_async import IB, LimitOrder, MarketOrder, Stock

# Recorded in the journal as the demo's own listener: away from where tests and systems hand out ports.
PORT = 9741
# An Ed25519 seed as openssl wants to read it.
PKCS8 = bytes.fromhex("302e020100300506032b657004220420")

binary, target = sys.argv[1], pathlib.Path(sys.argv[2])
target.mkdir()
data = pathlib.Path(tempfile.mkdtemp(prefix="golden-")) / "data"


def ask(*words):
    done = subprocess.run([binary, *words, "--data", data, "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else done.stdout


def public(private):
    """The text an auditor is handed, from the private key, which stays here."""
    _, _, name, identity, secret = private.strip().split("+", 4)
    der = PKCS8 + base64.b64decode(secret)[1:]
    key = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], input=der,
                         capture_output=True, check=True).stdout[-32:]
    return f"{name}+{identity}+{base64.b64encode(bytes([1]) + key).decode()}\n"


server = subprocess.Popen([binary, "serve", "--seed", "7", "--tws", f"127.0.0.1:{PORT}", "--data", data],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
while "serving" not in server.stderr.readline():
    assert server.poll() is None, "it does not serve"

ib = IB()
ib.connect("127.0.0.1", PORT, clientId=1)
[apple] = ib.qualifyContracts(Stock("AAPL", "SMART", "USD"))
[ticker] = ib.reqTickers(apple)
bid = ticker.bid


def until(trade, *statuses):
    for _ in range(300):
        ib.sleep(0.1)
        if trade.orderStatus.status in statuses:
            return
    raise SystemExit(f"{trade} is not one of {statuses}")


def answered(trade, verb):
    """A held order, and a person's answer to it."""
    for _ in range(100):
        ib.sleep(0.1)
        waiting = ask("approval", "list")
        if waiting:
            ask("approval", verb, waiting[0]["id"])
            return
    raise SystemExit(f"{trade} is not held")


small = ib.placeOrder(apple, MarketOrder("BUY", 10))
until(small, "Filled")
large = int(15_000 / bid)
granted = ib.placeOrder(apple, LimitOrder("BUY", large, round(bid * 1.01, 2)))
answered(granted, "grant")
until(granted, "Filled")
refused = ib.placeOrder(apple, LimitOrder("BUY", large + 1, round(bid * 1.01, 2)))
answered(refused, "refuse")
until(refused, "Cancelled", "Inactive", "ApiCancelled")
too_large = ib.placeOrder(apple, LimitOrder("BUY", large * 3, round(bid, 2)))
until(too_large, "Cancelled", "Inactive", "ApiCancelled")
resting = ib.placeOrder(apple, LimitOrder("BUY", 5, round(bid * 0.92, 2), tif="GTC"))
until(resting, "Submitted")
resting.order.totalQuantity = 6
ib.placeOrder(apple, resting.order)
ib.sleep(1)
ask("kill", "--credential", "demo")
until(resting, "Cancelled")
after = ib.placeOrder(apple, LimitOrder("BUY", 1, round(bid, 2)))
until(after, "Cancelled", "Inactive", "ApiCancelled")
ib.disconnect()

ask("journal", "checkpoint", "--out", str(target / "checkpoint"))
size = ask("journal", "verify")["size"]
server.terminate()
server.wait()
db = sqlite3.connect(data / "portreeve.db")
db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
db.close()
shutil.copy(data / "portreeve.db", target / "portreeve.db")
(target / "journal.vkey").write_text(public((data / "journal.key").read_text()))
tags = sqlite3.connect(target / "portreeve.db").execute("SELECT tag, count(*) FROM event GROUP BY tag").fetchall()
for left in ("portreeve.db-wal", "portreeve.db-shm"):
    (target / left).unlink(missing_ok=True)
print(size, "events,", (target / "portreeve.db").stat().st_size, "bytes:", dict(tags))
shutil.rmtree(data.parent)
