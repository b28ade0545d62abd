"""The cards as they stand in crates/kernel/src/watch/cards.rs: read, judged as `assess` does, counted as sim/src/measure.rs does, written."""

import re

import numpy as np

import bench

BIT = 16
KNOTS = np.array([0, 1, 2, 3, 4, 6, 8, 12, 16]) * BIT
PACES = np.array([0, 2, 4, 6, 8]) * BIT
KNOWN = (4, 10)
# What is told, in sixteenths of a bit (Thresholds::usual), and the steps beyond.
TOLD, STEP_UP, REDUCE, KILL = 148, 2 * BIT, 4 * BIT, 8 * BIT
# signal.rs: what it is evidence of. The others are conduct.
PRESENCE = """NewNetwork NewCountry ImpossibleTravel NewDevice WeakerAuthenticator SharedComputer FailedSignIns AskedAgain Widened
SessionMoved TwoNetworks LongSession SharedInUse""".split()
ELSEWHERE = ["SecretElsewhere", "CredentialNetwork", "ManyNetworks"]
POSSESSION = ELSEWHERE + ["CredentialClient", "ManyPrograms", "CredentialRefused"]


class Card:
    """Bits at the knots of each signal's row, how many fewer at each pace, and how many fewer in the first days."""

    def __init__(self, program, says, name, rows, less, young):
        self.program, self.says, self.name = program, says, name
        self.rows, self.less, self.young = rows, less, young

    def quarters(self):
        return np.round(self.rows * 4).astype(int), np.round(self.less * 4).astype(int), int(round(self.young * 4))


def read(path, signals):
    with open(path) as file:
        code = file.read()
    programs = code.index("const PROGRAM: [Card;")
    cards = []
    form = r'// ([^\n]+)\n    Card \{\s+name: "([^"]+)",\s+rows: &\[(.*?)\n        \],\s+less: \[([^]]+)\],\s+young: (\d+)'
    whole = lambda words: np.array([int(word) for word in words.split(",")]) / 4
    for found in re.finditer(form, code, re.S):
        says, name, rows, less, young = found.groups()
        table = np.zeros((len(signals), len(KNOTS) - 1))
        for signal, row in re.findall(r"Signal::(\w+), \[([^]]+)\]", rows):
            table[signals.index(signal)] = whole(row)
        cards.append(Card(found.start() > programs, says, name, table, whole(less), int(young) / 4))
    return cards


def text(card, signals):
    rows, less, young = card.quarters()
    line = lambda row: ", ".join(str(n) for n in row)
    lines = [f"            (Signal::{one}, [{line(row)}]),\n" for one, row in zip(signals, rows) if row[-1] > 0]
    tail = f"        ],\n        less: [{line(less)}],\n        young: {young},\n    }},\n"
    return f'    // {card.says}\n    Card {{\n        name: "{card.name}",\n        rows: &[\n' + "".join(lines) + tail


def write(path, cards, signals):
    with open(path) as file:
        code = file.read()
    parts = []
    for name, program in (("PERSON", False), ("PROGRAM", True)):
        of = [text(card, signals) for card in cards if card.program == program]
        parts.append(f"const {name}: [Card; {len(of)}] = [\n{''.join(of)}];\n")
    with open(path, "w") as file:
        file.write(code[: code.index("const PERSON: [Card;")] + "\n".join(parts))


def along(row, knots, kept):
    """assess::along, in sixteenths, rounded as there."""
    row = np.r_[0, row] * BIT // 4
    at = np.minimum(np.searchsorted(knots, kept, side="right") - 1, len(knots) - 2)
    between = row[at] + (row[at + 1] - row[at]) * (kept - knots[at]) // (knots[at + 1] - knots[at])
    return np.where(kept >= knots[-1], row[-1], between)


def judged(bits, card, signals):
    """assess::judge: the step (0: none) and the bits, of rows of the bits kept."""
    table, less, young = card.quarters()
    presence, conduct, possession, elsewhere = np.zeros((4, len(bits)), np.int32)
    every = np.arange(KNOTS[-1] + 1)
    for n, signal in enumerate(signals):
        if table[n, -1] == 0:
            continue
        counts = along(table[n], KNOTS, every)[np.minimum(bits[:, n], KNOTS[-1])]
        of = presence if signal in PRESENCE else possession if signal in POSSESSION else conduct
        of += counts
        if signal in ELSEWHERE:
            elsewhere += counts
    orders, sign_ins, days = (bits[:, len(signals) + n].astype(int) for n in range(3))
    left = np.clip(KNOWN[1] - days, 0, KNOWN[1] - KNOWN[0])
    fewer = along(less, PACES, np.maximum(orders, sign_ins)) + young * BIT // 4 * left // (KNOWN[1] - KNOWN[0])
    total = np.maximum(presence + conduct + possession - fewer, 0)
    conduct = np.maximum(conduct - fewer, 0)
    hard = presence + conduct + possession
    step = np.where((hard >= TOLD + STEP_UP) & (presence >= TOLD // 2), 2, 1)
    step = np.where((hard >= TOLD + REDUCE) & (conduct + possession >= TOLD // 2), 3, step)
    step = np.where((hard >= TOLD + KILL) & (elsewhere >= TOLD // 2), 4, step)
    return np.where(total < TOLD, 0, step), total


def assess(rows, cards, signals):
    """The step that is asked for, of rows as `sim rows` writes them."""
    best = np.zeros(len(rows), np.int64)
    for program in (False, True):
        at = np.nonzero((rows["subject"] > 0) == program)[0]
        for card in cards:
            if card.program == program:
                step, total = judged(rows["bits"][at], card, signals)
                best[at] = np.maximum(best[at], step * 100_000 + total)
    return best // 100_000


def measured(rows, truth, step):
    """False alarms a user-year and steps among them that do more than tell, of whole users; and the share detected. Rows are in order of time."""
    at = np.nonzero(step > 0)[0]
    who = np.searchsorted(truth["user"], rows["user"][at])
    starts = np.where(truth["kind"] >= 0, truth["starts"], 2**62)
    false = acts = 0
    standing, found = {}, np.zeros(len(truth), bool)
    columns = (rows["user"][at], rows["subject"][at], rows["at"][at], who, step[at])
    for user, subject, when, number, asked in zip(*(column.tolist() for column in columns)):
        before, since = standing.get((user, subject), (0, None))
        opens = since is None or when - since >= bench.STANDS_MS
        if not opens and asked <= before:
            continue
        standing[user, subject] = (asked, when if opens else since)
        if when < starts[number]:
            if truth["whole"][number]:
                false, acts = false + opens, acts + (asked > 1)
        elif when <= truth["ends"][number] + bench.DAY_MS:
            found[number] = True
    years = honest_years(truth)
    return false / years, acts / years, found[truth["kind"] >= 0].mean()


def honest_years(truth):
    days = np.where(truth["kind"] >= 0, (truth["starts"] - bench.BEGINS_AT) // bench.DAY_MS, 90)
    return days[truth["whole"]].sum() / 365
