"""What the scenario and the client families say to each other."""

from dataclasses import dataclass, field

# Long enough for a busy machine; an answer that takes longer is a failure.
SOON = 60.0

DONE_UNFILLED = ("Cancelled", "ApiCancelled", "Inactive")


@dataclass
class Instrument:
    con_id: int
    symbol: str
    currency: str
    min_tick: float
    contract: object


@dataclass
class Quote:
    bid: float
    ask: float


@dataclass
class Bar:
    """Prices of a span of time that began so many seconds after 1970; a day begins at midnight UTC."""

    at: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass
class Chain:
    """The options on one thing: what one contract stands for, the days on which they end, and the strikes."""

    multiplier: str
    expirations: list
    strikes: list


@dataclass
class OrderView:
    """An order as the client's own library shows it at this moment."""

    status: str
    filled: float
    remaining: float
    why_held: str
    done: bool
    codes: list = field(default_factory=list)
    told: list = field(default_factory=list)


@dataclass
class Execution:
    order_id: int
    quantity: float
    commission: float
    currency: str


class Late(Exception):
    """Something awaited did not come in time."""
