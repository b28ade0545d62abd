"""ibapi, old and new, behind the scenario's words: callbacks into a record, requests that wait on it."""

import calendar
import inspect
import logging
import threading
import time
from decimal import Decimal

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.wrapper import EWrapper

from words import DONE_UNFILLED, Bar, Chain, Execution, Instrument, Late, OrderView, Quote, SOON

BID, ASK = 1, 2


class Record(EWrapper):
    """All that the server said on one connection, in the order of arrival."""

    def __init__(self):
        super().__init__()
        self.changed = threading.Condition()
        self.said = []

    def note(self, kind, key=None, value=None):
        with self.changed:
            self.said.append((kind, key, value))
            self.changed.notify_all()

    def of(self, kind, key=None, since=0):
        return [value for k, at, value in self.said[since:] if k == kind and (key is None or at == key)]

    # Signatures differ between releases, so only what both agree on is named.

    def error(self, reqId, *rest):
        numbers = [part for part in rest if isinstance(part, int)]
        texts = [part for part in rest if isinstance(part, str)]
        self.note("error", reqId, (numbers[-1], texts[0]))

    def nextValidId(self, orderId):
        self.note("next id", None, orderId)

    def managedAccounts(self, accountsList):
        self.note("accounts", None, [name for name in accountsList.split(",") if name])

    def contractDetails(self, reqId, contractDetails):
        self.note("contract", reqId, contractDetails)

    def contractDetailsEnd(self, reqId):
        self.note("contract end", reqId)

    def accountSummary(self, reqId, account, tag, value, currency):
        self.note("summary", reqId, (tag, value))

    def accountSummaryEnd(self, reqId):
        self.note("summary end", reqId)

    def updateAccountValue(self, key, val, currency, accountName):
        self.note("account value", accountName, (key, val))

    def accountDownloadEnd(self, accountName):
        self.note("account end", accountName)

    def position(self, account, contract, position, avgCost):
        self.note("position", None, (contract.conId, float(position)))

    def positionEnd(self):
        self.note("position end")

    def pnl(self, reqId, dailyPnL, unrealizedPnL, realizedPnL):
        self.note("pnl", reqId, dailyPnL)

    def pnlSingle(self, reqId, pos, dailyPnL, unrealizedPnL, realizedPnL, value):
        self.note("pnl single", reqId, float(pos))

    def tickPrice(self, reqId, tickType, price, attrib):
        self.note("tick", reqId, (tickType, price))

    def tickSnapshotEnd(self, reqId):
        self.note("snapshot end", reqId)

    def historicalData(self, reqId, bar):
        prices = (bar.open, bar.high, bar.low, bar.close, float(bar.volume))
        self.note("bar", reqId, Bar(seconds(bar.date), *prices))

    def historicalDataEnd(self, reqId, start, end):
        self.note("bars end", reqId)

    def securityDefinitionOptionParameter(self, reqId, *rest):
        self.note("option chain", reqId, rest)

    def securityDefinitionOptionParameterEnd(self, reqId):
        self.note("option chains end", reqId)

    def orderStatus(self, orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld, mktCapPrice):
        self.note("status", orderId, (status, float(filled), float(remaining), whyHeld, permId))

    def openOrder(self, orderId, contract, order, orderState):
        if order.whatIf:
            paid = getattr(orderState, "commissionAndFees", None) or getattr(orderState, "commission", None)
            self.note("what if", orderId, (float(orderState.initMarginChange), float(paid)))
            return
        self.note("open", orderId, (order, contract, orderState.status))

    def openOrderEnd(self):
        self.note("open end")

    def completedOrder(self, contract, order, orderState):
        self.note("completed", None, (order.permId, orderState.status))

    def completedOrdersEnd(self):
        self.note("completed end")

    def execDetails(self, reqId, contract, execution):
        self.note("execution", execution.execId, execution)

    def execDetailsEnd(self, reqId):
        self.note("execution end", reqId)

    def commissionReport(self, report):
        self.note("commission", report.execId, (report.commission, report.currency))

    def commissionAndFeesReport(self, report):
        self.note("commission", report.execId, (report.commissionAndFees, report.currency))

    def connectionClosed(self):
        self.note("closed")


class IbapiFamily:
    def __init__(self, server_version, options=""):
        self.expected_version = server_version
        self.options = options
        logging.disable(logging.CRITICAL)
        self.record = None
        self.client = None
        self.reader = None
        self.next_order = 0
        self.next_request = 9000
        self.placed = {}

    # the connection

    def connect(self, port, client_id):
        self.record = Record()
        self.client = EClient(self.record)
        if self.options:
            self.client.setConnectOptions(self.options)
        self.client.connect("127.0.0.1", port, client_id)
        self.reader = threading.Thread(target=self.client.run, daemon=True)
        self.reader.start()
        self.wait(lambda: self.record.of("next id") and self.record.of("accounts"), "START_API's answer")
        self.next_order = self.record.of("next id")[-1]
        return self.record.of("accounts")[-1]

    def disconnect(self):
        if self.client is not None:
            socket_reader = self.client.reader
            self.client.disconnect()
            # Until the library's own reader lets go of the socket, the server sees it open and
            # the client id in use.
            if socket_reader is not None:  # None where the server has ended the connection
                socket_reader.join(SOON)
            self.reader.join(SOON)
            self.client = None

    def server_version(self):
        return self.client.serverVersion()

    def wait(self, condition, what, seconds=SOON):
        with self.record.changed:
            met = self.record.changed.wait_for(lambda: condition() or self.record.of("closed"), seconds)
            if not condition():
                if met:
                    raise ConnectionError(f"disconnected while waiting for {what}")
                raise Late(f"{what} did not come within {seconds:.0f} s")

    def idle(self, seconds):
        with self.record.changed:
            self.record.changed.wait(seconds)

    def request(self):
        self.next_request += 1
        return self.next_request

    def ask(self, send, end, key, what):
        """Sends, waits for the closing message that came after, and says from where on to read."""
        since = len(self.record.said)
        send()

        def answered():
            return ended(self.record, end, key, since)

        self.wait(answered, what)
        return since

    # reading

    def contract(self, symbol):
        contract = Contract()
        contract.symbol, contract.secType = symbol, "STK"
        contract.exchange, contract.currency = "SMART", "USD"
        return contract

    def details(self, symbol):
        request = self.request()
        contract = self.contract(symbol)

        def answered():
            return ended(self.record, "contract end", request, 0) or self.record.of("error", request)

        self.client.reqContractDetails(request, contract)
        self.wait(answered, f"{symbol}'s contract")
        codes = [code for code, _ in self.record.of("error", request)]
        return self.record.of("contract", request), codes

    def qualify(self, symbol):
        found, _ = self.details(symbol)
        if len(found) != 1:
            raise LookupError(f"{symbol}: {len(found)} contracts")
        one = found[0].contract
        return Instrument(one.conId, one.symbol, one.currency, found[0].minTick, one)

    def is_unknown(self, symbol):
        found, codes = self.details(symbol)
        return not found and 200 in codes

    def account_summary(self):
        request = self.request()
        tags = "NetLiquidation,TotalCashValue,BuyingPower"
        self.ask(
            lambda: self.client.reqAccountSummary(request, "All", tags), "summary end", request, "the summary"
        )
        self.client.cancelAccountSummary(request)
        return dict(self.record.of("summary", request))

    def account_updates(self, account):
        since = self.ask(
            lambda: self.client.reqAccountUpdates(True, account), "account end", account, "the account"
        )
        self.client.reqAccountUpdates(False, account)
        return dict(self.record.of("account value", account, since))

    def positions(self):
        since = self.ask(self.client.reqPositions, "position end", None, "the positions")
        self.client.cancelPositions()
        return dict(self.record.of("position", None, since))

    def profit(self, account, instrument):
        whole, one = self.request(), self.request()
        self.client.reqPnL(whole, account, "")
        self.client.reqPnLSingle(one, account, "", instrument.con_id)
        self.wait(lambda: self.record.of("pnl", whole), "the account's profit and loss")
        self.wait(lambda: self.record.of("pnl single", one), "the instrument's profit and loss")
        self.client.cancelPnL(whole)
        self.client.cancelPnLSingle(one)
        return self.record.of("pnl", whole)[-1], self.record.of("pnl single", one)[-1]

    def snapshot(self, instrument):
        request = self.request()
        self.ask(
            lambda: self.client.reqMktData(request, instrument.contract, "", True, False, []),
            "snapshot end",
            request,
            "the end of the snapshot",
        )
        last = dict(self.record.of("tick", request))
        return Quote(last[BID], last[ASK])

    def stream(self, instrument, updates):
        request = self.request()

        def quotes():
            seen, now = [], {}
            for kind, price in self.record.of("tick", request):
                now[kind] = price
                pair = (now.get(BID), now.get(ASK))
                if None not in pair and seen[-1:] != [pair]:
                    seen.append(pair)
            return seen

        self.client.reqMktData(request, instrument.contract, "", False, False, [])
        self.wait(lambda: len(quotes()) >= updates, f"{updates} quotes")
        self.client.cancelMktData(request)
        return [Quote(*pair) for pair in quotes()]

    def bars(self, instrument, size, duration):
        """Up to now, out of regular hours too."""
        request = self.request()
        asked = (request, instrument.contract, "", duration, size, "TRADES", False, 2, False, [])
        self.ask(lambda: self.client.reqHistoricalData(*asked), "bars end", request, f"bars of {size}")
        return self.record.of("bar", request)

    def option_chains(self, instrument):
        """As many as are told; without their end it raises."""
        request = self.request()
        asked = (request, instrument.symbol, "", "STK", instrument.con_id)
        self.ask(lambda: self.client.reqSecDefOptParams(*asked), "option chains end", request, "the option parameters")
        told = self.record.of("option chain", request)
        return [Chain(rest[3], sorted(rest[4]), sorted(rest[5])) for rest in told]

    # trading: the handle of an order is its id

    def place(self, instrument, side, quantity, kind, price=None, **more):
        order = Order()
        order.action, order.orderType, order.tif = side, kind, "DAY"
        order.totalQuantity = Decimal(quantity) if self.expected_version > 157 else quantity
        if kind == "LMT":
            order.lmtPrice = price
        if kind == "STP":
            order.auxPrice = price
        for name, value in more.items():
            setattr(order, name, value)
        order_id, self.next_order = self.next_order, self.next_order + 1
        self.placed[order_id] = (instrument.contract, order)
        self.client.placeOrder(order_id, instrument.contract, order)
        return order_id

    def what_if(self, instrument, side, quantity, kind, price):
        """The margin it would take, and the commission."""
        order_id = self.place(instrument, side, quantity, kind, price, whatIf=True)
        self.wait(lambda: self.record.of("what if", order_id), "a preview")
        return self.record.of("what if", order_id)[-1]

    def modify(self, order_id, price):
        contract, order = self.placed[order_id]
        order.lmtPrice, order.transmit = price, True
        self.client.placeOrder(order_id, contract, order)
        return order_id

    def cancel(self, order_id):
        self.client.cancelOrder(order_id, *self.cancel_extras())

    def global_cancel(self):
        self.client.reqGlobalCancel(*self.cancel_extras())

    def cancel_extras(self):
        """The new release wants an object that says nothing; the old one has no such class."""
        if "orderCancel" not in inspect.signature(EClient.cancelOrder).parameters:
            return []
        from ibapi.order_cancel import OrderCancel

        return [OrderCancel()]

    def order_id(self, order_id):
        return order_id

    def perm_id(self, order_id):
        return self.record.of("status", order_id)[-1][4]

    def view(self, order_id):
        errors = self.record.of("error", order_id)
        codes, told = [code for code, _ in errors], [text for _, text in errors]
        states = self.record.of("status", order_id)
        if not states:
            return OrderView("", 0.0, 0.0, "", False, codes, told)
        status, filled, remaining, why_held, _ = states[-1]
        done = status == "Filled" or status in DONE_UNFILLED
        return OrderView(status, filled, remaining, why_held or "", done, codes, told)

    def open_orders(self):
        since = self.ask(self.client.reqOpenOrders, "open end", None, "the open orders")
        return {
            order_id: (float(value[0].totalQuantity), value[0].lmtPrice)
            for kind, order_id, value in self.record.said[since:]
            if kind == "open" and value[2] not in (*DONE_UNFILLED, "Filled")
        }

    def open_order(self, order_id):
        return order_id

    def completed_orders(self):
        since = self.ask(
            lambda: self.client.reqCompletedOrders(False), "completed end", None, "the completed orders"
        )
        return dict(self.record.of("completed", None, since))

    def executions(self):
        request = self.request()
        since = self.ask(
            lambda: self.client.reqExecutions(request, ExecutionFilter()), "execution end", request, "the executions"
        )
        found = self.record.of("execution", None, since)
        self.wait(lambda: all(self.record.of("commission", one.execId) for one in found), "every commission")
        return [
            Execution(one.orderId, float(one.shares), *self.record.of("commission", one.execId)[-1])
            for one in found
        ]


def ended(record, end, key, since):
    return any(kind == end and (key is None or at == key) for kind, at, _ in record.said[since:])


def seconds(date):
    return calendar.timegm(time.strptime(date, "%Y%m%d")) if len(date) == 8 else int(date)
