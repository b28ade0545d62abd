"""fit.py DIRECTORY CARDS: fits the cards to the rows that `sim rows DIRECTORY` wrote, and puts them into CARDS (watch/cards.rs).

For each card a logistic regression of its attacks against all that is honest, over each signal's bits in pieces of
straight line that may only rise; an attack counts by the row that gives it away most. Then every attack teaches each card
as far as that card sees it. Then the cards are scaled to one threshold, bounded, made whole, and placed beside one another.
"""

import sys

import numpy as np
import scipy.optimize
import scipy.sparse as sparse

import bench

KNOTS = np.array([0, 1, 2, 3, 4, 6, 8, 12, 16])
PACES = np.array([0, 2, 4, 6, 8])
# Somebody is young until so many days, and known from so many on: cards::KNOWN.
KNOWN = np.array([4, 10])
# In bits: what is told, what a signal may count by itself, and what may be held back while somebody is young; of a program
# nothing: what it is set up to do is judged from the first day.
TOLD, ALONE, YOUNG = 9.25, 9.0, 8
MORE_ALONE = {"FailedSignIns": 20, "AskedAgain": 12, "ManyPrograms": 12, "ManyNetworks": 12}
FALSE_ALARMS = 0.95
# More of the rows' users teach the regressions nothing.
UNTIL = {"whole": 12_000, "attacked": 100_000}
LN2 = np.log(2)
TAIL = len(PACES) - 1 + 1 + 1

PROGRAMS_ONLY = ["CredentialNetwork", "CredentialClient", "ManyNetworks", "CredentialRefused", "ManyPrograms", "OffHours"]
# Not fitted: it counts as a new country does; and nobody in the range shows it.
NOT_FITTED = ["ImpossibleTravel", "SecretElsewhere"]
OF_ORDERS = """NewInstrument OneInstrument OrderSize OrderRate Refusals SameRefused RefusedOften OrderSitting FreshOrders
NewDays NewRefused BoughtAgain""".split()
# Each card's name, what it is, and the attacks it is first taught by (range::Kind::ALL).
PERSON = [
    ("a stranger comes in", "A device, an authenticator or a country that is new, and what is done then.", [0, 5, 8, 9]),
    ("sign-ins are tried", "Passwords and codes are tried.", [7]),
    ("the phone is elsewhere", "What is done with a device of theirs that somebody else holds.", [2]),
    ("a computer that others use", "What is done at a shared computer, after they left.", [3]),
    ("a session that others use", "A session that is used by somebody beside its owner, or after them.", [4]),
    ("orders of somebody else", "Nothing is new but the orders.", [10, 11]),
]
PROGRAM = [
    ("the secret is spread", "Tried from many sides.", [6]),
    ("a program that is not itself", "What a program does that somebody else commands.", [1, 10, 11]),
    ("a program from elsewhere", "Where it connects from.", [1, 6]),
]
# By hand, in quarters of a bit: at least so much.
SECRET = [4, 8, 12, 16, 24, 32, 48, 72]
BY_HAND = {
    "orders of somebody else": {"OrderSize": [0, 0, 0, 2, 4, 8, 12, 16], "Refusals": [0, 0, 0, 2, 4, 6, 8, 8]},
    "the secret is spread": {"SecretElsewhere": SECRET},
    "a program that is not itself": {"SecretElsewhere": SECRET},
    "a program from elsewhere": {"SecretElsewhere": SECRET, "CredentialRefused": [2, 4, 6, 8, 12, 16, 16, 16]},
}


def pieces(values, knots):
    return np.clip((values[:, None] - knots[None, :-1]) / np.diff(knots)[None, :], 0, 1)


def basis(rows, signals, program):
    """A column for each piece of each signal's row, of the pace, one of being known, and one that is always 1."""
    blocks = []
    for signal in signals:
        values = rows.of(signal)
        if signal == "NewCountry":
            values = np.maximum(values, rows.of("ImpossibleTravel"))
        some = np.nonzero(values > 0)[0]
        part = pieces(values[some], KNOTS * rows.bit)
        at, column = np.nonzero(part)
        blocks.append(sparse.csr_matrix((part[at, column], (some[at], column)), shape=(len(values), len(KNOTS) - 1)))
    pace = rows.of("orders") if program else np.maximum(rows.of("orders"), rows.of("sign_ins"))
    blocks += [sparse.csr_matrix(pieces(pace, PACES * rows.bit)), sparse.csr_matrix(pieces(rows.of("days"), KNOWN))]
    return sparse.hstack(blocks + [sparse.csr_matrix(np.ones((len(pace), 1)))]).tocsr()


def regression(columns, attack, weight, start=None):
    """Signals and being known only rise, the pace only lowers."""
    width = columns.shape[1]
    signals = width - TAIL
    turned = columns.T.tocsr()

    def cost(at):
        score = columns @ at
        loss = np.logaddexp(0, np.where(attack, -score, score))
        slope = turned @ (weight * (1 / (1 + np.exp(-np.clip(score, -50, 50))) - attack))
        slope[:signals] += 4
        slope[:-1] += 0.5 * at[:-1]
        return (weight * loss).sum() + 4 * at[:signals].sum() + 0.25 * (at[:-1] ** 2).sum(), slope

    if start is None:
        start = np.r_[np.full(signals, 0.2), np.zeros(TAIL - 1), -8.0]
    bounds = [(0, None)] * signals + [(None, 0)] * (len(PACES) - 1) + [(0, None), (None, None)]
    limits = dict(maxiter=150, maxfun=180)
    return scipy.optimize.minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options=limits).x


def telling(score, who):
    """Of each attack's rows, how much each gives it away: they come to one."""
    _, which = np.unique(who, return_inverse=True)
    most = np.full(which.max() + 1, -np.inf)
    np.maximum.at(most, which, score)
    share = np.exp(score - most[which])
    return share / np.bincount(which, share)[which]


class Cards:
    """The regressions of a person's or a program's cards."""

    def __init__(self, signals, program):
        self.signals, self.program, self.cards = signals, program, []

    def prepare(self, rows, seed):
        """The rows taught by: honest ones that show little are thinned, and weigh more."""
        phase = rows.rows["phase"]
        use = (rows.program == self.program) & ((phase == 0) | ((phase == 1) & (rows.rows["theirs"] == 1)))
        rows = rows.take(use)
        attack = rows.rows["phase"] == 1
        bits = rows.rows["bits"][:, : len(rows.signals)].astype(np.int32).sum(1) / rows.bit
        keep = np.where(attack, 1, np.where(bits < 12, 0.05, np.where(bits < 24, 0.2, 1)))
        chosen = np.random.default_rng(seed).random(len(attack)) < keep
        rows = rows.take(chosen)
        return rows, attack[chosen], (1 / keep)[chosen], basis(rows, self.signals, self.program)

    def teach(self, taught, kinds):
        rows, attack, weight, columns = taught
        use = ~attack | np.isin(rows.kind, kinds)
        columns, attack, weight, who = columns[use].tocsr(), attack[use], weight[use].copy(), rows.who[use]
        weight[attack] = telling(np.zeros(attack.sum()), who[attack])
        at = None
        for _ in range(3):
            at = regression(columns, attack, weight, at)
            weight[attack] = telling((columns @ at)[attack], who[attack])
        self.cards.append(at)

    def share(self, taught, kinds, count):
        """Every attack teaches each of the first `count` cards as far as it is that card which sees it."""
        rows, attack, weight, columns = taught
        use = ~attack | np.isin(rows.kind, kinds)
        columns, attack, weight, who = columns[use].tocsr(), attack[use], weight[use], rows.who[use]
        _, which = np.unique(who[attack], return_inverse=True)
        best = np.full((count, which.max() + 1), -np.inf)
        for n in range(count):
            np.maximum.at(best[n], which, (columns @ self.cards[n])[attack])
        part = np.exp(best - best.max(0))
        part /= part.sum(0)
        for n in range(count):
            at, weight = self.cards[n], weight.copy()
            for _ in range(2):
                weight[attack] = telling((columns @ at)[attack], who[attack]) * part[n][which]
                at = regression(columns, attack, weight, at)
            self.cards[n] = at

    def score(self, rows):
        columns = basis(rows, self.signals, self.program)
        return np.max([columns @ card for card in self.cards], axis=0) / LN2


class Table:
    """A card in quarters of a bit."""

    def __init__(self, cards, number, name, threshold, offset):
        at, width = cards.cards[number], len(KNOTS) - 1
        # What somebody who is known needs to be told of.
        scale = TOLD / (threshold + offset - (at[-1] + at[-2]) / LN2) * 4 / LN2
        self.rows = {}
        for n, signal in enumerate(cards.signals):
            row = np.cumsum(at[n * width : (n + 1) * width]) * scale
            if row[-1] >= 1.5:
                most = 4 * MORE_ALONE.get(signal, ALONE)
                self.rows[signal] = np.round(np.minimum(row, most)).astype(int)
        for signal, row in BY_HAND.get(name, {}).items():
            self.rows[signal] = np.maximum(self.rows.get(signal, 0), row)
        self.less = np.round(-np.cumsum(at[-TAIL:-2]) * scale).astype(int)
        self.young = 0 if cards.program else int(min(round(at[-2] * scale), 4 * YOUNG))

    def score(self, columns, signals):
        at = [np.diff(np.r_[0, self.rows.get(signal, np.zeros(len(KNOTS) - 1))]) for signal in signals]
        at = np.r_[np.concatenate(at), -np.diff(np.r_[0, self.less]), self.young, -self.young]
        return columns @ at / 4

    def text(self, name, says, signals):
        rows = dict(self.rows)
        if "NewCountry" in rows:
            rows["ImpossibleTravel"] = rows["NewCountry"]
        line = lambda row: ", ".join(str(n) for n in row)
        lines = [f"            (Signal::{one}, [{line(rows[one])}]),\n" for one in signals if np.max(rows.get(one, 0)) > 0]
        tail = f"        ],\n        less: [{line(self.less)}],\n        young: {self.young},\n    }},\n"
        return f'    // {says}\n    Card {{\n        name: "{name}",\n        rows: &[\n' + "".join(lines) + tail


class Placed:
    """The cards' tables beside one another, each with an offset of its own."""

    def __init__(self, both, judge, threshold):
        self.judge, self.threshold = judge, threshold
        self.at = [np.nonzero(judge.rows.program == cards.program)[0] for cards, _ in both]
        self.columns = [basis(judge.rows.take(at), cards.signals, cards.program) for (cards, _), at in zip(both, self.at)]
        self.each = [(n, cards, number, names[number][0]) for n, (cards, names) in enumerate(both) for number in range(len(names))]
        self.offsets = [0.0] * len(self.each)

    def tables(self, offsets):
        return [Table(cards, number, name, self.threshold, by) for (_, cards, number, name), by in zip(self.each, offsets)]

    def one(self, which, offset):
        half, cards, number, name = self.each[which]
        return Table(cards, number, name, self.threshold, offset).score(self.columns[half], cards.signals)

    def total(self, scores):
        total = np.full(len(self.judge.rows.rows), -50.0)
        for half, at in enumerate(self.at):
            total[at] = np.max([score for score, (n, *_) in zip(scores, self.each) if n == half], axis=0)
        return total

    def found(self, scores):
        total = self.total(scores)
        return self.judge.share(self.judge.at(total, self.judge.threshold(total, FALSE_ALARMS))[1])

    def search(self):
        scores = [self.one(which, 0.0) for which in range(len(self.each))]
        best = self.found(scores)
        print(f"tables, all alike: {best:.4f}", flush=True)
        for step in (0.8, 0.4):
            for which in range(len(self.each)):
                for by in (step, -step):
                    moved = list(scores)
                    moved[which] = self.one(which, self.offsets[which] + by)
                    found = self.found(moved)
                    if found > best + 2e-4:
                        best, scores = found, moved
                        self.offsets[which] += by
                        print(f"{self.each[which][3]} {self.offsets[which]:+.1f}: {best:.4f}", flush=True)
                        break

    def settle(self):
        """All of them moved by the same, so that at the threshold of the code they tell as often as they may."""
        best, to = 0.0, 0.0
        for by in np.arange(-0.8, 0.8, 0.05):
            total = self.total([self.one(which, offset + by) for which, offset in enumerate(self.offsets)])
            alarms, found = self.judge.at(total, TOLD)
            if alarms <= FALSE_ALARMS and self.judge.share(found) > best:
                best, to = self.judge.share(found), by
                print(f"{by:+.2f}: {alarms:.3f} false alarms, {best:.4f}; {self.judge.by_kind(found)}", flush=True)
        self.offsets = [offset + to for offset in self.offsets]


def written(path, texts):
    """The tables in place of those that stand there."""
    with open(path) as file:
        code = file.read()
    parts = [f"const {name}: [Card; {len(cards)}] = [\n{''.join(cards)}];\n" for name, cards in texts]
    with open(path, "w") as file:
        file.write(code[: code.index("const PERSON: [Card;")] + "\n".join(parts))


def main(directory, path):
    taught = bench.Rows(directory, [f"wired-{which}-{seed}" for seed in (1, 2) for which in ("whole", "attacked")], UNTIL)
    free = bench.Rows(directory, [f"programs-{which}-{seed}" for seed in (1, 2) for which in ("whole", "attacked")], UNTIL)
    of_people = [one for one in taught.signals if one not in PROGRAMS_ONLY + NOT_FITTED]
    person, program = Cards(of_people, False), Cards(OF_ORDERS + PROGRAMS_ONLY, True)
    rows = person.prepare(taught, 1)
    for _, _, kinds in PERSON:
        person.teach(rows, kinds)
    for _ in range(2):
        person.share(rows, [0, 2, 3, 4, 5, 7, 8, 9, 10, 11], len(PERSON))
    rows = program.prepare(taught, 1)
    for _, _, kinds in PROGRAM[:2]:
        program.teach(rows, kinds)
    for _ in range(2):
        program.share(rows, [1, 6, 10, 11], 2)
    program.teach(program.prepare(free, 1), PROGRAM[2][2])
    judged = bench.Rows(directory, [f"wired-whole-{seed}" for seed in (1, 2, 3)], UNTIL)
    # Nothing else reaches an alert.
    some = judged.rows["bits"][:, : len(judged.signals)].astype(np.int32).sum(1) > TOLD / 2 * judged.bit
    judge = bench.Bench(judged.take(some))
    score = np.full(len(judge.rows.rows), -50.0)
    for cards in (person, program):
        at = judge.rows.program == cards.program
        score[at] = cards.score(judge.rows.take(at))
    threshold = judge.threshold(score, FALSE_ALARMS)
    print(f"regressions: {judge.share(judge.at(score, threshold)[1]):.4f} at {threshold:.2f}", flush=True)
    placed = Placed([(person, PERSON), (program, PROGRAM)], judge, threshold)
    placed.search()
    placed.settle()
    tables = placed.tables(placed.offsets)
    text = [table.text(name, says, taught.signals) for table, (name, says, _) in zip(tables, PERSON + PROGRAM)]
    written(path, [("PERSON", text[: len(PERSON)]), ("PROGRAM", text[len(PERSON) :])])


main(*sys.argv[1:])
