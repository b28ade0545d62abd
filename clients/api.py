"""schemathesis, unchanged, against the owner's socket: everything its description allows, and much that it does not."""

import argparse
import collections
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading

import schemathesis
from gate import Gate
from report import Report, expect

SCHEMA = pathlib.Path(__file__).parent.parent / "crates" / "api" / "openapi.yaml"
RUN_SECONDS = 400
BOT_SECONDS = 60
# What is not said here is on: a server error, an undocumented status, header or body, a body that the description
# forbids and the server takes, a method that is not there and is answered.
# Not asked: whether every body the description allows is taken. A name may be taken, a port, a limit too large.
WITHOUT = "positive_data_acceptance,use_after_free,ensure_resource_availability"


class Bridge(threading.Thread):
    """A loopback port whose bytes go to the Unix socket and back: schemathesis speaks TCP only."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]

    def run(self):
        while True:
            near, _ = self.door.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.path)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.copy, args=(one, other), daemon=True).start()

    @staticmethod
    def copy(one, other):
        """One way only. Who answers early and hangs up is sent no more, and its answer still goes the other way."""
        heard = True
        try:
            while data := one.recv(65536):
                try:
                    if heard:
                        other.sendall(data)
                except OSError:
                    heard = False
        except OSError:
            pass
        finally:
            try:
                other.shutdown(socket.SHUT_WR)
            except OSError:
                pass


def order(arguments, client, value, part, ready):
    """A trading program whose order stays there: one rests, one is held."""
    here = pathlib.Path(__file__).parent
    words = ["--port", arguments.port, "--client", client, "--families", here, "--part", part, "--value", value]
    bot = subprocess.Popen(
        [arguments.bots, here.parent / "browser" / "bot.py", *map(str, words)], stdout=subprocess.PIPE, text=True
    )
    limit = threading.Timer(BOT_SECONDS, bot.kill)
    limit.start()
    for line in bot.stdout:
        if ready(json.loads(line)):
            limit.cancel()
            return bot
    raise AssertionError(f"a program ended with {bot.wait()} before its order was there")


def world(arguments, gate):
    """Things whose names the requests may use: without them nearly every answer would be a 404."""
    for name in ("reader", "second", "third"):
        gate.ask("credential", "create", "--name", name)
    gate.ask("credential", "suspend", "third")
    bots = [
        order(arguments, 31, 2000, 0.98, lambda now: now.get("status") == "Submitted"),
        order(arguments, 32, 20000, 1.01, lambda now: now.get("held")),
        order(arguments, 33, 21000, 1.01, lambda now: now.get("held")),
    ]
    names = [row[key] for row in gate.rows("credential") for key in ("name", "id")]
    accounts = [row["number"] for row in gate.ask("status")["accounts"]]
    ids = [row["id"] for noun in ("order", "approval") for row in gate.rows(noun)]
    expect(len(ids) >= 5, f"orders and approvals: {ids}")
    return bots, {"name": names, "number": accounts, "id": ids + names}


def once(gate, bridge, seen):
    """What the fuzzer has too few of: an order to grant, one to refuse, one to cancel. Held to the description too."""
    schema = schemathesis.openapi.from_path(SCHEMA)

    def ask(path, ident):
        case = schema[path]["POST"].Case(path_parameters={"id": ident})
        answer = case.call_and_validate(base_url=f"http://127.0.0.1:{bridge.port}")
        expect(answer.status_code == 200, f"POST {path}: {answer.status_code} {answer.text}")
        seen[f"POST {path}"][200] += 1

    granted, refused = sorted(gate.pending())[:2]
    resting = next(row["id"] for row in gate.rows("order") if row["approval"] is None)
    ask("/v1/orders/{id}/cancel", resting)
    ask("/v1/approvals/{id}/grant", granted)
    ask("/v1/approvals/{id}/refuse", refused)


def fuzz(arguments, bridge, known, calls):
    here = pathlib.Path(__file__).parent
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "api_hooks",
        "PYTHONPATH": str(here),
        "PORTREEVE_KNOWN": json.dumps(known),
        "PORTREEVE_CALLS": str(calls),
    }
    command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", SCHEMA]
    command += ["--url", f"http://127.0.0.1:{bridge.port}", "--exclude-checks", WITHOUT]
    command += ["--max-examples", "40", "--seed", "7", "--suppress-health-check", "all", "--workers", "2"]
    command += ["--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--no-color"]
    ended = subprocess.run(
        list(map(str, command)), env=environment, cwd=arguments.data, timeout=RUN_SECONDS, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    if ended.returncode != 0:
        print(ended.stdout[-12000:], flush=True)
    expect(ended.returncode == 0, f"schemathesis ended with {ended.returncode}")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--binary", "--data", "--port", "--bots"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    gate = Gate(arguments.binary, arguments.data)
    report = Report()
    calls = pathlib.Path(arguments.data) / "calls"
    bridge = Bridge(str(pathlib.Path(arguments.data) / "control.sock"))
    bridge.start()
    bots, known = world(arguments, gate)
    seen = collections.defaultdict(collections.Counter)
    report.check("an order is cancelled, one granted and one refused, as described", lambda: once(gate, bridge, seen))
    report.check(
        "no request finds a server error or an answer that is not described", lambda: fuzz(arguments, bridge, known, calls),
    )
    for line in calls.read_text().splitlines():
        label, status = json.loads(line)
        seen[label][status] += 1

    def deep():
        never = [label for label, statuses in seen.items() if not any(200 <= status < 300 for status in statuses)]
        # No notice is given up here: there is none that could be tried again.
        never.remove("POST /v1/notices/{id}/retry")
        expect(len(seen) >= 29, f"only {len(seen)} operations were asked")
        expect(not never, f"never answered with a yes: {never}")

    def whole():
        told = gate.ask("status")
        expect(told["journal"]["size"] > 100, f"the journal has {told['journal']['size']} events")
        for bot in bots:
            bot.kill()
            bot.wait()

    report.check("every operation was also answered with a yes", deep)
    report.check("the server stands and recorded what was done", whole)
    requests = sum(sum(statuses.values()) for statuses in seen.values())
    print(f"{requests} requests, {len(seen)} operations", flush=True)
    report.close()


main()
