"""ib_async and ib_insync behind the scenario's words: one code base, two packages."""

import calendar
import datetime
import importlib
import logging
import math
import time

from words import Bar, Chain, Execution, Instrument, Late, OrderView, Quote, SOON


class AsyncioFamily:
    def __init__(self, package, server_version):
        self.lib = importlib.import_module(package)
        self.expected_version = server_version
        logging.getLogger(package).setLevel(logging.CRITICAL)
        self.ib = None
        self.errors = {}

    # the connection

    def connect(self, port, client_id):
        self.ib = self.lib.IB()
        self.ib.RequestTimeout = SOON
        self.errors = {}
        self.ib.errorEvent += self.on_error
        self.ib.connect("127.0.0.1", port, clientId=client_id, timeout=SOON)
        return self.ib.managedAccounts()

    def disconnect(self):
        if self.ib is not None:
            self.ib.disconnect()
            self.ib = None

    def server_version(self):
        return self.ib.client.serverVersion()

    def on_error(self, request_id, code, text, _contract):
        self.errors.setdefault(request_id, []).append((code, text))

    def wait(self, condition, what, seconds=SOON):
        """Lets the library run until the condition holds; each turn waits for its next event."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late(f"{what} did not come within {seconds:.0f} s")
            if not self.ib.isConnected():
                raise ConnectionError(f"disconnected while waiting for {what}")
            self.ib.waitOnUpdate(timeout=min(left, 0.25))

    def idle(self, seconds):
        self.ib.waitOnUpdate(timeout=seconds)

    # reading

    def qualify(self, symbol):
        contract = self.lib.Stock(symbol, "SMART", "USD")
        found = self.ib.reqContractDetails(contract)
        if len(found) != 1:
            raise LookupError(f"{symbol}: {len(found)} contracts")
        qualified = self.ib.qualifyContracts(contract)
        if [one.conId for one in qualified] != [found[0].contract.conId]:
            raise LookupError(f"{symbol}: qualified as {qualified}")
        one = qualified[0]
        return Instrument(one.conId, one.symbol, one.currency, found[0].minTick, one)

    def is_unknown(self, symbol):
        before = len(self.all_codes(200))
        found = self.ib.reqContractDetails(self.lib.Stock(symbol, "SMART", "USD"))
        return not found and len(self.all_codes(200)) > before

    def all_codes(self, wanted):
        return [code for errors in self.errors.values() for code, _ in errors if code == wanted]

    def account_summary(self):
        return {row.tag: row.value for row in self.ib.accountSummary()}

    def account_updates(self, account):
        self.ib.reqAccountUpdates(account)
        return {row.tag: row.value for row in self.ib.accountValues(account)}

    def positions(self):
        return {row.contract.conId: float(row.position) for row in self.ib.reqPositions()}

    def profit(self, account, instrument):
        """Daily profit and loss of the account, and the position that one instrument's report names."""
        whole = self.ib.reqPnL(account)
        one = self.ib.reqPnLSingle(account, "", instrument.con_id)
        self.wait(lambda: not math.isnan(whole.dailyPnL), "the account's profit and loss")
        self.wait(lambda: not math.isnan(one.dailyPnL), "the instrument's profit and loss")
        self.ib.cancelPnL(account)
        self.ib.cancelPnLSingle(account, "", instrument.con_id)
        return whole.dailyPnL, float(one.position)

    def snapshot(self, instrument):
        (ticker,) = self.ib.reqTickers(instrument.contract)
        return Quote(ticker.bid, ticker.ask)

    def stream(self, instrument, updates):
        """Waits for that many price changes of a subscription and ends it."""
        seen = []
        ticker = self.ib.reqMktData(instrument.contract)

        def on_update(ticker):
            quote = (ticker.bid, ticker.ask)
            if not any(map(math.isnan, quote)) and seen[-1:] != [quote]:
                seen.append(quote)

        ticker.updateEvent += on_update
        self.wait(lambda: len(seen) >= updates, f"{updates} quotes")
        self.ib.cancelMktData(instrument.contract)
        return [Quote(*quote) for quote in seen]

    def bars(self, instrument, size, duration):
        """Up to now, out of regular hours too."""
        told = self.ib.reqHistoricalData(instrument.contract, "", duration, size, "TRADES", False, formatDate=2)
        return [Bar(seconds(one.date), one.open, one.high, one.low, one.close, float(one.volume)) for one in told]

    def option_chains(self, instrument):
        """As many as are told; without their end it raises."""
        told = self.ib.reqSecDefOptParams(instrument.symbol, "", "STK", instrument.con_id)
        return [Chain(one.multiplier, sorted(one.expirations), sorted(map(float, one.strikes))) for one in told]

    # trading

    def place(self, instrument, side, quantity, kind, price=None, **more):
        if more:
            return self.ib.placeOrder(instrument.contract, self.order(side, quantity, kind, price, more))
        orders = {
            "MKT": lambda: self.lib.MarketOrder(side, quantity),
            "LMT": lambda: self.lib.LimitOrder(side, quantity, price),
            "STP": lambda: self.lib.StopOrder(side, quantity, price),
        }
        return self.ib.placeOrder(instrument.contract, orders[kind]())

    def order(self, side, quantity, kind, price, more):
        """Of any type, with what ties it to others."""
        where = {} if price is None else {"auxPrice" if kind == "STP" else "lmtPrice": price}
        return self.lib.Order(action=side, totalQuantity=quantity, orderType=kind, **where, **more)

    def what_if(self, instrument, side, quantity, kind, price):
        """The margin it would take, and the commission."""
        state = self.ib.whatIfOrder(instrument.contract, self.order(side, quantity, kind, price, {}))
        return float(state.initMarginChange), float(state.commission)

    def modify(self, trade, price):
        trade.order.lmtPrice, trade.order.transmit = price, True
        return self.ib.placeOrder(trade.contract, trade.order)

    def cancel(self, trade):
        self.ib.cancelOrder(trade.order)

    def global_cancel(self):
        self.ib.reqGlobalCancel()

    def order_id(self, trade):
        return trade.order.orderId

    def perm_id(self, trade):
        return trade.order.permId or trade.orderStatus.permId

    def view(self, trade):
        now = trade.orderStatus
        errors = self.errors.get(trade.order.orderId, [])
        codes, told = [code for code, _ in errors], [text for _, text in errors]
        return OrderView(
            now.status, float(now.filled), float(now.remaining), now.whyHeld, trade.isDone(), codes, told
        )

    def open_orders(self):
        """Order id to (quantity, limit price), asked of the server anew."""
        return {
            trade.order.orderId: (float(trade.order.totalQuantity), trade.order.lmtPrice)
            for trade in self.ib.reqOpenOrders()
            if not trade.isDone()
        }

    def open_order(self, order_id):
        """The handle of an order that this connection learned of from the server."""
        for trade in self.ib.openTrades():
            if trade.order.orderId == order_id:
                return trade
        raise LookupError(f"order {order_id} is not among the open ones")

    def completed_orders(self):
        """Permanent id to status."""
        return {trade.order.permId: trade.orderStatus.status for trade in self.ib.reqCompletedOrders(False)}

    def executions(self):
        # The answer's own objects stay without commission; those the library keeps get it.
        asked = {fill.execution.execId for fill in self.ib.reqExecutions()}
        fills = [fill for fill in self.ib.fills() if fill.execution.execId in asked]
        self.wait(lambda: all(fill.commissionReport.execId for fill in fills), "every commission")
        return [
            Execution(
                fill.execution.orderId,
                float(fill.execution.shares),
                fill.commissionReport.commission,
                fill.commissionReport.currency,
            )
            for fill in fills
        ]


def seconds(date):
    if isinstance(date, datetime.datetime):
        return int(date.timestamp())
    return calendar.timegm(date.timetuple())
