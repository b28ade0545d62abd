"""What every client must be able to do through the gate: one named check each, the same for all."""

import argparse
import time

import dated
from gate import Gate
from report import Report, expect
from words import DONE_UNFILLED, SOON

CLIENT_ID = 11
READER_ID = 12
SYMBOL = "AAPL"
# The demo credential: order value at most 25,000, approval above 10,000.
REFUSED_VALUE, HELD_VALUE, SMALL = 40_000, 15_000, 10
APPROVAL_SECONDS = 120
REFUSED = 201
# The guard takes five orders a second from a credential; a modification is one.
ORDERS_A_SECOND = 4


class Scenario:
    def __init__(self, family, gate, port, upstream=False):
        self.family = family
        self.gate = gate
        self.port = port
        self.upstream = upstream  # the venue is another process, which tells positions when it is its turn
        self.account = None
        self.instrument = None
        self.filled = None  # an order that filled
        self.cancelled = None  # an order that was cancelled
        self.unanswered = None  # a held order that nobody answers
        self.sent = []  # when orders were sent
        self.kept = {}  # permanent ids that outlive a connection, and the orders they were

    # small steps

    def in_turn(self):
        """Waits while the last second is full, letting the client's library work."""
        while len([at for at in self.sent if time.monotonic() - at < 1]) >= ORDERS_A_SECOND:
            self.family.idle(0.1)
        self.sent.append(time.monotonic())

    def place(self, side, quantity, kind, price=None, **more):
        self.in_turn()
        return self.family.place(self.instrument, side, quantity, kind, price, **more)

    def modify_to(self, order, price):
        self.in_turn()
        self.family.modify(order, price)

    def quote(self):
        return self.family.snapshot(self.instrument)

    def on_tick(self, price):
        tick = self.instrument.min_tick
        return round(round(price / tick) * tick, 6)

    def shares(self, value):
        return int(value / self.quote().ask)

    def buy_resting(self, quantity, part=0.99):
        """A limit order that waits below the market, inside the collar."""
        order = self.place("BUY", quantity, "LMT", self.on_tick(self.quote().bid * part))
        self.until(order, lambda view: view.status in ("Submitted", "PreSubmitted"), "working")
        return order

    def buy_through(self, quantity):
        """A limit order that fills at once when it is let through."""
        price = self.on_tick(self.quote().ask * 1.01)
        return self.place("BUY", quantity, "LMT", price)

    def until(self, order, condition, what, seconds=SOON):
        def met():
            return condition(self.family.view(order))

        try:
            self.family.wait(met, f"an order {what}", seconds)
        except Exception as why:
            raise type(why)(f"{why}; the order is {self.family.view(order)}") from None
        return self.family.view(order)

    def eventually(self, condition):
        """Asks the server again, after its next event or a moment, until the answer is right."""
        deadline = time.monotonic() + SOON
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.family.idle(0.4)
        return True

    def told(self, condition):
        return self.eventually(condition) if self.upstream else condition()

    def until_filled(self, order, seconds=SOON):
        return self.until(order, lambda view: view.status == "Filled" and view.remaining == 0, "filled", seconds)

    def until_refused(self, order, seconds=SOON):
        """Ended without a fill, told so with code 201, and known to the server as nothing open."""
        view = self.until(
            order, lambda view: view.done and REFUSED in view.codes, "refused with 201", seconds
        )
        expect(view.status in DONE_UNFILLED and view.filled == 0, f"refused, and yet {view}")
        self.is_not_open(order)

    def is_not_open(self, order):
        expect(self.family.order_id(order) not in self.family.open_orders(), "it is still an open order")

    def hold(self, value):
        """An order above the approval threshold, and the approval that it waits for."""
        before = self.gate.pending()
        order = self.buy_through(self.shares(value))
        view = self.until(order, lambda view: view.status == "PreSubmitted" and view.why_held, "held")
        expect(not view.done and not view.filled, f"held, and yet {view}")
        new = self.gate.pending() - before
        expect(len(new) == 1, f"one approval should wait for this order, not {len(new)}")
        return order, new.pop()

    # the checks

    def connect(self):
        accounts = self.family.connect(self.port, CLIENT_ID)
        expect(len(accounts) == 1 and accounts[0].startswith("DU"), f"accounts {accounts}")
        self.account = accounts[0]
        version = self.family.server_version()
        expect(version == self.family.expected_version, f"negotiated {version}")

    def qualify(self):
        self.instrument = self.family.qualify(SYMBOL)
        expect(self.instrument.con_id > 0, f"{self.instrument}")
        expect(self.instrument.currency == "USD" and self.instrument.min_tick > 0, f"{self.instrument}")
        expect(self.family.is_unknown("NOSUCH"), "an unknown symbol should be told with 200")

    def account_summary(self):
        summary = self.family.account_summary()
        for tag in ("NetLiquidation", "TotalCashValue", "BuyingPower"):
            expect(float(summary[tag]) > 0, f"{tag} is {summary[tag]}")

    def account_updates(self):
        values = self.family.account_updates(self.account)
        expect(float(values["NetLiquidation"]) > 0, f"{values}")

    def snapshot_quote(self):
        quote = self.quote()
        expect(0 < quote.bid < quote.ask, f"{quote}")

    def streaming_quotes(self):
        # Bid and ask come one after the other: between them a program sees a new one beside an old one.
        for quote in self.family.stream(self.instrument, updates=3):
            expect(0 < quote.bid < quote.ask * 1.01, f"{quote}")

    def market_order(self):
        self.filled = self.place("BUY", SMALL, "MKT")
        view = self.until_filled(self.filled)
        expect(view.filled == SMALL, f"{view}")
        self.kept[self.family.perm_id(self.filled)] = "Filled"

    def positions(self):
        wanted = {self.instrument.con_id: float(SMALL)}
        expect(self.told(lambda: self.family.positions() == wanted), f"{self.family.positions()}")

    def profit_and_loss(self):
        def reported():
            return self.family.profit(self.account, self.instrument)[1]

        expect(self.told(lambda: reported() == SMALL), f"the report names a position of {reported()}")

    def limit_order(self):
        resting = self.buy_resting(SMALL + 1)
        expect(self.family.view(resting).filled == 0, "a limit order below the market should wait")
        self.family.cancel(resting)
        self.until(resting, lambda view: view.done, "cancelled")
        self.until_filled(self.buy_through(SMALL + 2))

    def stop_order(self):
        """Below the market and against a position: it waits."""
        price = self.on_tick(self.quote().bid * 0.98)
        order = self.place("SELL", 5, "STP", price)
        self.until(order, lambda view: view.status in ("PreSubmitted", "Submitted"), "working")
        expect(self.family.order_id(order) in self.family.open_orders(), "a waiting stop is an open order")
        self.family.cancel(order)
        self.until(order, lambda view: view.done, "cancelled")

    def until_working(self, order):
        return self.until(order, lambda view: view.status in ("PreSubmitted", "Submitted"), "working")

    def sold_and_the_other_cancelled(self, profit, stop):
        """The profit-taker is moved into the market; what it was to be instead of is cancelled."""
        self.modify_to(profit, self.on_tick(self.quote().bid * 0.99))
        self.until_filled(profit)
        view = self.until(stop, lambda view: view.done, "cancelled by the other's fill")
        expect(view.status == "Cancelled" and view.filled == 0, f"{view}")
        self.is_not_open(stop)

    def bracket(self):
        """As the clients' own libraries make it: parent and profit-taker not transmitted, the stop last."""
        quote, size = self.quote(), SMALL + 11
        entry = self.place("BUY", size, "LMT", self.on_tick(quote.ask * 1.01), transmit=False)
        parent = self.family.order_id(entry)
        above, below = self.on_tick(quote.ask * 1.05), self.on_tick(quote.bid * 0.95)
        profit = self.place("SELL", size, "LMT", above, parentId=parent, transmit=False)
        stop = self.place("SELL", size, "STP", below, parentId=parent, transmit=True)
        self.until_filled(entry)
        self.until_working(profit)
        self.until_working(stop)
        self.sold_and_the_other_cancelled(profit, stop)

    def one_cancels_all(self):
        quote, group = self.quote(), {"ocaGroup": "exit", "ocaType": 1}
        profit = self.place("SELL", 5, "LMT", self.on_tick(quote.ask * 1.05), **group)
        stop = self.place("SELL", 5, "STP", self.on_tick(quote.bid * 0.95), **group)
        self.until_working(profit)
        self.until_working(stop)
        self.sold_and_the_other_cancelled(profit, stop)

    def trailing_stop(self):
        order = self.place("SELL", 4, "TRAIL", trailingPercent=5.0)
        self.until_working(order)
        self.family.cancel(order)
        self.until(order, lambda view: view.done, "cancelled")

    def fill_or_kill(self):
        order = self.place("BUY", 4, "LMT", self.on_tick(self.quote().bid * 0.98), tif="FOK")
        view = self.until(order, lambda view: view.done, "killed")
        expect(view.status in DONE_UNFILLED and view.filled == 0, f"{view}")

    def historical_bars(self):
        """One question each: the minutes of an hour, and the days of two weeks."""
        for size, duration, step, least in (("1 min", "3600 S", 60, 59), ("1 day", "2 W", 86_400, 13)):
            bars = self.family.bars(self.instrument, size, duration)
            expect(least <= len(bars) <= least + 3, f"{len(bars)} bars of {size}")
            for bar in bars:
                ends = sorted((bar.open, bar.close))
                expect(0 < bar.low <= ends[0] and ends[1] <= bar.high and bar.volume >= 0, f"{bar}")
            times = [bar.at for bar in bars]
            expect(times == sorted(set(times)) and not any(at % step for at in times), f"{times}")
            expect(abs(bars[-1].close / self.quote().ask - 1) < 0.05, f"{bars[-1]} beside {self.quote()}")

    def what_if(self):
        before = self.family.open_orders()
        price = self.on_tick(self.quote().ask)
        margin, commission = self.family.what_if(self.instrument, "BUY", SMALL, "LMT", price)
        expect(margin > 0 and commission > 0, f"a preview tells {margin} and {commission}")
        expect(self.family.open_orders() == before, "a preview has left an order")

    def modify(self):
        order = self.buy_resting(SMALL + 3)
        price = self.on_tick(self.quote().bid * 0.985)
        self.modify_to(order, price)
        order_id = self.family.order_id(order)

        def taken():
            return self.family.open_orders().get(order_id) == (SMALL + 3.0, price)

        expect(self.eventually(taken), f"open orders show {self.family.open_orders()}, wanted {price}")
        self.modify_to(order, self.on_tick(self.quote().ask * 1.01))
        self.until_filled(order)

    def cancel(self):
        self.cancelled = self.buy_resting(SMALL + 4)
        perm_id = self.family.perm_id(self.cancelled)
        self.family.cancel(self.cancelled)
        view = self.until(self.cancelled, lambda view: view.status == "Cancelled", "cancelled")
        expect(view.filled == 0, f"{view}")
        self.is_not_open(self.cancelled)
        self.kept[perm_id] = "Cancelled"

    def global_cancel(self):
        orders = [self.buy_resting(SMALL + 5), self.buy_resting(SMALL + 6, part=0.985)]
        self.family.global_cancel()
        for order in orders:
            self.until(order, lambda view: view.status == "Cancelled", "cancelled by the global cancel")
        expect(self.family.open_orders() == {}, "nothing should be open after a global cancel")

    def executions_and_commissions(self):
        mine = [one for one in self.family.executions() if one.order_id == self.family.order_id(self.filled)]
        expect(sum(one.quantity for one in mine) == SMALL, f"{mine}")
        expect(all(one.commission > 0 and one.currency == "USD" for one in mine), f"{mine}")

    def over_the_value_limit(self):
        self.until_refused(self.place("BUY", self.shares(REFUSED_VALUE), "MKT"))

    def held_and_left_unanswered(self):
        """Begun early, looked at last: it takes its two minutes."""
        self.unanswered, _ = self.hold(HELD_VALUE * 0.9)

    def held_and_granted(self):
        order, approval = self.hold(HELD_VALUE)
        self.gate.grant(approval)
        self.until_filled(order)
        expect(approval not in self.gate.pending(), "an answered approval still waits")

    def held_and_refused(self):
        order, approval = self.hold(HELD_VALUE * 0.95)
        self.gate.refuse(approval)
        self.until(order, lambda view: view.done and not view.filled, "ended")
        self.is_not_open(order)

    def open_orders_after_reconnect(self):
        order_id = self.family.order_id(self.buy_resting(SMALL + 7))
        held_id = self.family.order_id(self.unanswered) if self.unanswered is not None else None
        self.family.disconnect()
        self.family.connect(self.port, CLIENT_ID)
        found = self.family.open_orders()
        expect(order_id in found and found[order_id][0] == SMALL + 7, f"{order_id} is not among {found}")
        again = self.family.open_order(order_id)
        self.family.cancel(again)
        expect(self.eventually(lambda: order_id not in self.family.open_orders()), "it could not be cancelled")
        if held_id is not None:
            expect(held_id in found, f"the held order {held_id} is not among {found}")
            self.unanswered = self.family.open_order(held_id)

    def completed_orders_after_reconnect(self):
        expect(len(self.kept) == 2, f"no filled and cancelled order to look for: {self.kept}")
        found = self.family.completed_orders()
        for perm_id, status in self.kept.items():
            expect(found.get(perm_id) == status, f"{perm_id} should be {status} in {found}")

    def read_only_listener(self):
        self.family.disconnect()
        try:
            expect(self.family.connect(self.port + 1, READER_ID) == [self.account], "another account")
            expect(self.quote().bid > 0 and self.family.positions(), "reading should work")
            self.until_refused(self.place("BUY", SMALL, "MKT"))
        finally:
            self.family.disconnect()
            self.family.connect(self.port, CLIENT_ID)
            if self.unanswered is not None:
                self.family.open_orders()
                self.unanswered = self.family.open_order(self.family.order_id(self.unanswered))

    def held_and_timed_out(self):
        expect(self.unanswered is not None, "no order was held")
        view = self.until(self.unanswered, lambda view: view.done, "ended by its time-out", APPROVAL_SECONDS + SOON)
        expect(view.status in DONE_UNFILLED and view.filled == 0, f"{view}")
        self.is_not_open(self.unanswered)

    def killed_credential(self):
        resting = self.buy_resting(SMALL + 8)
        self.gate.kill(self.gate.credential_at(self.port))
        self.until(resting, lambda view: view.done, "cancelled by the kill switch")
        self.until_refused(self.buy_through(SMALL + 9))

    def released_credential(self):
        self.gate.release(self.gate.credential_at(self.port))
        self.until_filled(self.buy_through(SMALL + 10))

    def run(self, report):
        report.check("connect", self.connect)
        report.check("qualify", self.qualify)
        report.check("account summary", self.account_summary)
        report.check("account updates", self.account_updates)
        report.check("snapshot quote", self.snapshot_quote)
        report.check("streaming quotes", self.streaming_quotes)
        report.check("historical bars", self.historical_bars)
        report.check("option parameters", lambda: dated.option_parameters(self))
        report.check("market order", self.market_order)
        report.check("positions", self.positions)
        report.check("profit and loss", self.profit_and_loss)
        report.check("limit order", self.limit_order)
        report.check("stop order", self.stop_order)
        report.check("bracket", self.bracket)
        report.check("one cancels all", self.one_cancels_all)
        report.check("trailing stop", self.trailing_stop)
        report.check("fill or kill", self.fill_or_kill)
        if dated.named_by(self.family):
            report.check("futures and options", lambda: dated.futures_and_options(self, CLIENT_ID))
        report.check("what if", self.what_if)
        report.check("modify", self.modify)
        report.check("cancel", self.cancel)
        report.check("global cancel", self.global_cancel)
        report.check("executions and commissions", self.executions_and_commissions)
        report.check("order over the value limit refused", self.over_the_value_limit)
        report.check("large order held", self.held_and_left_unanswered)
        report.check("held order granted and filled", self.held_and_granted)
        report.check("held order refused", self.held_and_refused)
        report.check("open orders after a reconnect", self.open_orders_after_reconnect)
        report.check("completed orders after a reconnect", self.completed_orders_after_reconnect)
        report.check("read-only listener refuses an order", self.read_only_listener)
        report.check("held order timed out", self.held_and_timed_out)
        report.check("killed credential refused", self.killed_credential)
        report.check("released credential trades", self.released_credential)


def main(family):
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--upstream", action="store_true")
    arguments = parser.parse_args()
    report = Report()
    gate = Gate(arguments.binary, arguments.data)
    Scenario(family, gate, arguments.port, arguments.upstream).run(report)
    family.disconnect()
    report.close()
