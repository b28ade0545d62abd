"""Futures and options through the gate: the chain that is told, and both of them bought, held and sold."""

from report import expect
from words import Instrument

DATED_ID = 13
FUND = "SPY"


def option_parameters(scenario):
    """The stock has none, and that is told to its end; the fund has a chain."""
    family = scenario.family
    expect(family.option_chains(scenario.instrument) == [], "an option chain is told")
    chains = family.option_chains(family.qualify(FUND))
    expect(len(chains) == 1 and chains[0].multiplier == "100", f"{chains}")
    days, strikes = chains[0].expirations, chains[0].strikes
    expect(len(days) >= 3 and all(len(day) == 8 for day in days), f"{days}")
    expect(len(strikes) == 17 and (strikes[0], strikes[-1]) == (550, 630), f"{strikes}")


def named_by(family):
    """Whether this family can say more than a symbol."""
    return hasattr(family, "lib") or hasattr(family, "details")


def named(family, sec_type, symbol, **more):
    """Futures or options by their own words, with what one contract stands for."""
    if hasattr(family, "lib"):
        told = family.ib.reqContractDetails(family.lib.Contract(secType=sec_type, symbol=symbol, currency="USD", **more))
    else:
        told = asked_of_ibapi(family, sec_type, symbol, more)
    found = [(one.contract, one.minTick) for one in told]
    return [(Instrument(one.conId, one.symbol, one.currency, tick, one), one.multiplier) for one, tick in found]


def asked_of_ibapi(family, sec_type, symbol, more):
    asked = family.contract(symbol)
    asked.secType, asked.exchange = sec_type, ""
    for name, value in more.items():
        setattr(asked, name, value)
    request = family.request()
    family.ask(lambda: family.client.reqContractDetails(request, asked), "contract end", request, f"{sec_type} {symbol}")
    return family.record.of("contract", request)


def futures_and_options(scenario, client_id):
    """By a credential of its own, which may trade nothing else."""
    family, gate, mine = scenario.family, scenario.gate, scenario.instrument
    gate.derivatives("dated", scenario.account)
    day = family.option_chains(family.qualify(FUND))[0].expirations[-1]
    family.disconnect()
    try:
        family.connect(gate.port_of("dated"), DATED_ID)
        futures = sorted(named(family, "FUT", "PRX"), key=lambda one: one[0].con_id)
        expect(len(futures) == 4 and {multiplier for _, multiplier in futures} == {"50"}, f"{futures}")
        month = {"lastTradeDateOrContractMonth": day, "exchange": "SMART"}
        whole = named(family, "OPT", FUND, **month)
        expect(len(whole) == 34, f"{len(whole)} options of {day}")
        calls = named(family, "OPT", FUND, strike=590.0, right="C", **month)
        expect(len(calls) == 1 and calls[0][1] == "100", f"{calls}")
        for scenario.instrument, _ in (futures[0], calls[0]):
            bought_and_sold(scenario)
        scenario.instrument = mine
        scenario.until_refused(scenario.buy_through(1))
    finally:
        scenario.instrument = mine
        family.disconnect()
        family.connect(scenario.port, client_id)


def bought_and_sold(scenario):
    held = scenario.instrument.con_id

    def holds(quantity):
        return lambda: scenario.family.positions().get(held, 0) == quantity

    scenario.until_filled(scenario.buy_through(2))
    expect(scenario.told(holds(2)), f"{scenario.family.positions()}")
    scenario.until_filled(scenario.place("SELL", 2, "MKT"))
    expect(scenario.told(holds(0)), f"{scenario.family.positions()}")
    # None is left to close: it would be short, or written.
    bid = scenario.on_tick(scenario.quote().bid)
    scenario.until_refused(scenario.place("SELL", 1, "LMT", bid))
