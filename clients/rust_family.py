"""Rust ibapi behind the scenario's words: its own program, asked on standard input, one connection a process."""

import subprocess
import time

from words import DONE_UNFILLED, Bar, Chain, Execution, Instrument, Late, OrderView, Quote, SOON


class Refused(Exception):
    """The program or the server said no; the code is the server's."""

    def __init__(self, code, why):
        super().__init__(f"{code} {why}")
        self.code = code


class RustFamily:
    def __init__(self, program, server_version):
        self.program = program
        self.expected_version = server_version
        self.process = None
        self.version = None
        self.orders = {}  # what each order was placed with
        self.states = {}
        self.errors = {}

    # the connection

    def connect(self, port, client_id):
        self.process = subprocess.Popen(
            [self.program, str(port), str(client_id)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        rows = self.answer()
        self.version = next(int(row[1]) for row in rows if row[0] == "version")
        return [row[1] for row in rows if row[0] == "account"]

    def disconnect(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(SOON)
            self.process = None

    def server_version(self):
        return self.version

    def answer(self):
        rows = []
        for line in self.process.stdout:
            word, *fields = line.rstrip("\n").split("\t")
            if word == "ok" and not fields:
                return rows
            if word == "no":
                raise Refused(int(fields[0]), fields[1])
            rows.append([word, *fields])
        raise ConnectionError(f"the program ended with {self.process.wait(SOON)}")

    def ask(self, *words):
        self.process.stdin.write("\t".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def wait(self, condition, what, seconds=SOON):
        deadline = time.monotonic() + seconds
        while True:
            self.listen()
            if condition():
                return
            if time.monotonic() > deadline:
                raise Late(f"{what} did not come within {seconds:.0f} s")
            time.sleep(0.05)

    def idle(self, seconds):
        time.sleep(seconds)

    def listen(self):
        self.note(self.ask("events"))

    def note(self, rows):
        for kind, order_id, *rest in rows:
            if kind == "status":
                self.states[int(order_id)] = rest
            if kind == "error":
                self.errors.setdefault(int(order_id), []).append((int(rest[0]), rest[1]))

    # reading

    def qualify(self, symbol):
        found = self.ask("details", symbol)
        if len(found) != 1:
            raise LookupError(f"{symbol}: {len(found)} contracts")
        con_id, name, currency, min_tick = found[0]
        return Instrument(int(con_id), name, currency, float(min_tick), symbol)

    def is_unknown(self, symbol):
        try:
            return not self.ask("details", symbol)
        except Refused as no:
            return no.code == 200

    def account_summary(self):
        return dict(self.ask("summary"))

    def account_updates(self, account):
        return dict(self.ask("updates"))

    def positions(self):
        return {int(con_id): float(held) for con_id, held in self.ask("positions")}

    def profit(self, account, instrument):
        [[whole, position]] = self.ask("profit", instrument.con_id)
        return float(whole), float(position)

    def snapshot(self, instrument):
        return self.quotes(instrument, 0)[-1]

    def stream(self, instrument, updates):
        seen = self.quotes(instrument, updates)
        if len(seen) < updates:
            raise Late(f"{updates} quotes did not come: {seen}")
        return seen

    def quotes(self, instrument, count):
        return [Quote(float(bid), float(ask)) for bid, ask in self.ask("quotes", instrument.contract, count)]

    def bars(self, instrument, size, duration):
        """Up to now, out of regular hours too."""
        rows = self.ask("bars", instrument.contract, size, duration)
        return [Bar(int(at), *map(float, prices)) for at, *prices in rows]

    def option_chains(self, instrument):
        """As many as are told; without their end it raises."""
        rows = self.ask("option chains", instrument.contract, instrument.con_id)
        return [Chain(multiplier, days.split(), [float(one) for one in strikes.split()]) for multiplier, days, strikes in rows]

    # trading: the handle of an order is its id

    def place(self, instrument, side, quantity, kind, price=None, **more):
        tied = ";".join(f"{name}={int(value) if value is False else value}" for name, value in more.items())
        [[order_id]] = self.ask("place", "next", instrument.contract, side, quantity, kind, price or "", tied)
        later = ";".join(one for one in tied.split(";") if not one.startswith("transmit"))
        self.orders[int(order_id)] = ((instrument.contract, side, quantity, kind), later)
        return int(order_id)

    def what_if(self, instrument, side, quantity, kind, price):
        """The margin it would take, and the commission."""
        [[margin, commission]] = self.ask("what if", instrument.contract, side, quantity, kind, price or "")
        return float(margin), float(commission)

    def modify(self, order_id, price):
        placed, later = self.orders[order_id]
        self.ask("place", order_id, *placed, price, later)
        return order_id

    def cancel(self, order_id):
        self.ask("cancel", order_id)

    def global_cancel(self):
        self.ask("global cancel")

    def order_id(self, order_id):
        return order_id

    def perm_id(self, order_id):
        return int(self.states[order_id][4])

    def view(self, order_id):
        errors = self.errors.get(order_id, [])
        codes, told = [code for code, _ in errors], [text for _, text in errors]
        if order_id not in self.states:
            return OrderView("", 0.0, 0.0, "", False, codes, told)
        status, filled, remaining, why_held, _ = self.states[order_id]
        done = status == "Filled" or status in DONE_UNFILLED
        return OrderView(status, float(filled), float(remaining), why_held, done, codes, told)

    def open_orders(self):
        last = {int(row[0]): row[1:] for row in self.ask("open")}
        return {
            order_id: (float(quantity), float(price))
            for order_id, (quantity, price, status) in last.items()
            if status not in (*DONE_UNFILLED, "Filled")
        }

    def open_order(self, order_id):
        return order_id

    def completed_orders(self):
        return {int(perm_id): status for perm_id, status in self.ask("completed")}

    def executions(self):
        rows = self.ask("executions")
        paid = {row[1]: (float(row[2]), row[3]) for row in rows if row[0] == "commission"}
        fills = {row[1]: (int(row[2]), float(row[3])) for row in rows if row[0] == "fill"}
        return [Execution(order_id, quantity, *paid[one]) for one, (order_id, quantity) in fills.items()]
