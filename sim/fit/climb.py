"""climb.py DIRECTORY CARDS [SEEDS [JUDGED [last]]]: takes the tables that stand in CARDS (watch/cards.rs) and betters them together.

What is counted is what is asked of them: attacks whose fullest row on the fullest card is told, less what false alarms cost, a
step of a threshold made smooth. The gradient goes to the row and the card that tell, the rows stay rising and bounded, and
the prices of a false alarm and of a step that acts follow what is allowed. The last rounds count in quarters of a bit, without the rows
that hardly say anything. SEEDS are taught (1,2,3), JUDGED only looked at; `last`: the last rounds only.
"""

import sys

import numpy as np
import scipy.sparse as sparse

import bench
import tables

# In bits: what is told, what half of it is, and what a signal may count by itself.
TOLD, HALF, ALONE, YOUNG = 9.25, 4.625, 9.0, 8.0
MORE_ALONE = {"FailedSignIns": 20, "AskedAgain": 12, "ManyPrograms": 12, "ManyNetworks": 12}
# A user-year, of all that the range shows and as wired, whichever is more: alerts (of rows, which have some 0.02 fewer
# than the detector: their pace is that of their end), and steps that act.
FALSE_ALARMS, STEPS = 0.93, 0.25
# How smooth, how far a round goes, and how many there are before and after it is made whole.
SMOOTH, FAR, ROUNDS = (0.6, 0.5), 0.03, 125
# A row that comes to no more says hardly anything.
HARDLY = 0.75
KNOTS, PACES = len(tables.KNOTS) - 1, len(tables.PACES) - 1
# Not fitted: by hand, or as another counts.
BY_HAND = ["SecretElsewhere", "CredentialRefused", "ImpossibleTravel"]
PROGRAMS_ONLY = ["CredentialNetwork", "CredentialClient", "ManyNetworks", "ManyPrograms", "OffHours"]
OF_ORDERS = """NewInstrument OneInstrument OrderSize OrderRate Refusals SameRefused RefusedOften OrderSitting FreshOrders
NewDays NewRefused BoughtAgain""".split()
# Large orders and many refusals by hand: at least so much, for the range shows nothing of them. In quarters.
AT_LEAST = {"OrderSize": [0, 0, 0, 2, 4, 8, 12, 16], "Refusals": [0, 0, 0, 2, 4, 6, 8, 8]}
AT_LEAST_ON = "orders of somebody else"
# And at most so much: to be asked twice in a day where one is known is no alert, which honest people of the range hardly are.
AT_MOST = {"AskedAgain": [13, 16, 36, 48, 48, 48, 48, 48]}


def loaded(directory, kind, seeds, signals):
    """Rows before and during an attack that may come to something, in order of time, and what is true of each user."""
    layout = np.dtype(
        [(name, "<i8") for name in ("user", "subject", "day", "phase", "theirs", "at")]
        + [("bits", "<i2", (len(signals) + len(bench.CONTEXT),))]
    )
    words = ["user", "kind", "goal", "fast", "evasive", "starts", "ends"]
    rows, truth = [], []
    for seed in seeds:
        for which in ("whole", "attacked"):
            one = np.fromfile(f"{directory}/{kind}-{which}-{seed}", dtype=layout)
            some = one["bits"][:, : len(signals)].astype(np.int32).sum(1) > 3 * tables.BIT
            one = one[some & (one["phase"] < 2)]
            labels = np.loadtxt(f"{directory}/{kind}-{which}-{seed}.truth", dtype=np.int64, ndmin=2)
            of = np.zeros(len(labels), [(word, "<i8") for word in words] + [("whole", "?")])
            for n, word in enumerate(words):
                of[word] = labels[:, n]
            of["whole"] = which == "whole"
            one["user"] += seed * 10_000_000
            of["user"] += seed * 10_000_000
            rows.append(one)
            truth.append(of)
    rows, truth = np.concatenate(rows), np.concatenate(truth)
    return rows[np.argsort(rows["at"], kind="stable")], truth[np.argsort(truth["user"])]


class Shown:
    """People, their programs as wired, and their programs as if listeners were not on loopback."""

    def __init__(self, directory, seeds, signals):
        self.signals = signals
        rows, self.truth = loaded(directory, "wired", seeds, signals)
        free, _ = loaded(directory, "programs", seeds, signals)
        person = rows["subject"] == 0
        self.parts = [(rows[person], False), (rows[~person], True), (free[free["subject"] > 0], True)]
        self.attacked = self.truth["kind"] >= 0
        self.years = tables.honest_years(self.truth)

    def measured(self, cards):
        """As wired, and with all that the range shows."""
        told = [tables.assess(rows, cards, self.signals) for rows, _ in self.parts]
        both = []
        for n in (1, 2):
            rows = np.concatenate([self.parts[0][0], self.parts[n][0]])
            order = np.argsort(rows["at"], kind="stable")
            both.append(tables.measured(rows[order], self.truth, np.concatenate([told[0], told[n]])[order]))
        return both


def columns(rows, signals):
    """What each row takes of each knot: of the signals, of the pace (less), and of being young (less)."""
    bits, last = rows["bits"], len(signals) * KNOTS
    at, column, value = [], [], []

    def piece(values, knots, first, sign):
        some = np.nonzero(values > 0)[0]
        low = np.minimum(np.searchsorted(knots, values[some], side="right") - 1, len(knots) - 2)
        part = np.minimum((values[some] - knots[low]) / (knots[low + 1] - knots[low]), 1)
        for chosen, knot, share in ((part > 0, low, part), ((part < 1) & (low > 0), low - 1, 1 - part)):
            at.append(some[chosen])
            column.append(first + knot[chosen])
            value.append(sign * share[chosen])

    for n, signal in enumerate(signals):
        of = signals.index("NewCountry") if signal == "ImpossibleTravel" else n
        piece(bits[:, n].astype(int), tables.KNOTS, of * KNOTS, 1)
    orders, sign_ins, days = (bits[:, len(signals) + n].astype(int) for n in range(3))
    piece(np.maximum(orders, sign_ins), tables.PACES, last, -1)
    young = np.clip(tables.KNOWN[1] - days, 0, tables.KNOWN[1] - tables.KNOWN[0])
    piece(young, np.array([0, tables.KNOWN[1] - tables.KNOWN[0]]), last + PACES, -1)
    where = (np.concatenate(at), np.concatenate(column))
    return sparse.csr_matrix((np.concatenate(value).astype(np.float32), where), shape=(len(rows), last + PACES + 1))


class Tables:
    """All cards' numbers, one line a card: the rows at their knots, `less`, `young`."""

    def __init__(self, cards, signals):
        self.cards, self.signals = cards, signals
        self.program = np.array([card.program for card in cards])
        self.at = np.array([np.r_[card.rows.ravel(), card.less, card.young] for card in cards])
        self.last = len(signals) * KNOTS
        self.bound = np.array([np.full(KNOTS, MORE_ALONE.get(one, ALONE)) for one in signals])
        for one, row in AT_MOST.items():
            self.bound[signals.index(one)] = np.array(row) / 4
        people = [one not in PROGRAMS_ONLY + BY_HAND for one in signals]
        programs = [one in OF_ORDERS + PROGRAMS_ONLY for one in signals]
        self.free = np.array([programs if card.program else people for card in cards])[:, :, None]
        self.least = np.zeros((len(cards), len(signals), KNOTS))
        for n, card in enumerate(cards):
            for one, row in AT_LEAST.items() if card.name == AT_LEAST_ON else ():
                self.least[n, signals.index(one)] = np.array(row) / 4
        presence = np.repeat([one in tables.PRESENCE for one in signals], KNOTS)
        self.presence = np.r_[presence, np.zeros(PACES + 1, bool)]
        self.mean = self.much = np.zeros_like(self.at)

    def rows(self):
        return self.at[:, : self.last].reshape(len(self.cards), -1, KNOTS)

    def climb(self, slope, far):
        """A step up the slope, each number by what is usual for it (Adam); then rising and bounded again."""
        of = slope[:, : self.last].reshape(len(self.cards), -1, KNOTS)
        slope = np.c_[rest(of).reshape(len(self.cards), -1), rest(slope[:, self.last : -1]), slope[:, -1]]
        self.mean = 0.9 * self.mean + 0.1 * slope
        self.much = 0.98 * self.much + 0.02 * slope**2
        step = far * self.mean / (np.sqrt(self.much) + 3e-6)
        rows = self.rows()
        steps = np.diff(rows, axis=2, prepend=0) + step[:, : self.last].reshape(rows.shape)
        risen = np.minimum(np.cumsum(np.maximum(steps, 0), axis=2), self.bound)
        rows = np.where(self.free, np.maximum(risen, self.least), rows)
        less = np.diff(self.at[:, self.last : -1], axis=1, prepend=0) + step[:, self.last : -1]
        young = np.where(self.program, 0, np.clip(self.at[:, -1] + step[:, -1], 0, YOUNG))
        self.at = np.c_[rows.reshape(len(self.cards), -1), np.cumsum(np.maximum(less, 0), axis=1), young]

    def thin(self):
        """Without the rows that hardly say anything."""
        rows = self.rows()
        self.free = self.free & (rows[:, :, -1:] > HARDLY)
        fixed = np.isin(self.signals, BY_HAND)[None, :, None]
        rows = np.where(self.free | fixed, rows, 0)
        self.at = np.c_[rows.reshape(len(self.cards), -1), self.at[:, self.last :]]

    def whole(self):
        """As they will stand in the code."""
        at = np.round(self.at * 4) / 4
        cards = []
        for card, one in zip(self.cards, at):
            rows = one[: self.last].reshape(-1, KNOTS).copy()
            rows[self.signals.index("ImpossibleTravel")] = rows[self.signals.index("NewCountry")]
            cards.append(tables.Card(card.program, card.says, card.name, rows, one[self.last : -1], one[-1]))
        return cards


def rest(slope):
    """Of a number's rise: what all from there on say."""
    return np.cumsum(slope[..., ::-1], axis=-1)[..., ::-1]


def steep(score, smooth):
    told = 1 / (1 + np.exp(-np.clip(score / smooth, -40, 40)))
    return told * (1 - told) / smooth


class Group:
    """Rows that belong to one attack, or to one week of somebody honest, of which the fullest counts."""

    def __init__(self, rows, key):
        order = np.argsort(key, kind="stable")
        self.rows, key = rows[order], key[order]
        self.first = np.r_[0, np.nonzero(np.diff(key))[0] + 1] if len(key) else np.zeros(0, int)
        self.key = key[self.first]
        self.number = np.repeat(np.arange(len(self.first)), np.diff(np.r_[self.first, len(key)]))

    def most(self, score):
        most = np.maximum.reduceat(score[self.rows], self.first) if len(self.first) else np.zeros(0)
        at = np.zeros(len(self.first), int)
        full = np.nonzero(score[self.rows] == most[self.number])[0]
        at[self.number[full]] = self.rows[full]
        return most, at


class Part:
    """The rows of one part of what is shown which may be told, or are near it."""

    def __init__(self, rows, program, shown, now):
        self.cards = np.nonzero(now.program == program)[0]
        every = columns(rows, shown.signals)
        score = (every @ now.at[self.cards].T.astype(np.float32)).max(1)
        who = np.searchsorted(shown.truth["user"], rows["user"])
        attack = rows["phase"] == 1
        near = np.where(attack, score > TOLD - 9, (score > TOLD - 5) & shown.truth["whole"][who])
        rows, who, attack = rows[near], who[near], attack[near]
        self.columns = every[near]
        self.turned = self.columns.T.tocsr()
        week = (who * 64 + rows["subject"]) * 64 + rows["day"] // 7 % 64
        number = np.cumsum(shown.attacked) - 1
        self.attacks = Group(np.nonzero(attack)[0], number[who[attack]])
        self.weeks = Group(np.nonzero(~attack)[0], week[~attack])

    def look(self, at):
        score = self.columns @ at[self.cards].T.astype(np.float32)
        self.card = score.argmax(1)
        self.score = score.max(1)
        self.attack, self.week = self.attacks.most(self.score), self.weeks.most(self.score)
        self.weight = np.zeros(len(self.score))

    def acts(self, at, presence):
        """Of each honest week that is nearly told: how far its hardest step is from acting, by which row, and what of it is short."""
        near = self.score[self.weeks.rows] > TOLD - 0.5
        rows, week = self.weeks.rows[near], self.weeks.number[near]
        few, which = self.columns[rows], (np.arange(len(rows)), self.card[rows])
        of = at[self.cards].astype(np.float32)
        shown, done = (few @ (of * presence).T)[which], (few @ (of * ~presence).T)[which]
        hard = shown + np.maximum(done, 0)
        step_up, reduce = np.minimum(hard - TOLD - 2, shown - HALF), np.minimum(hard - TOLD - 4, done - HALF)
        short = np.where(hard - TOLD - 2 <= shown - HALF, 0, 1)
        short = np.where(step_up >= reduce, short, np.where(hard - TOLD - 4 <= done - HALF, 0, 2))
        far = np.maximum(step_up, reduce)
        order = np.lexsort((-far, week))
        first = order[np.r_[True, np.diff(week[order]) > 0]] if len(order) else order
        return far[first], rows[first], short[first]

    def slope(self, rows, weight, cards):
        """What these rows, each on its fullest card, say of the numbers."""
        chosen = sparse.csr_matrix((weight, (rows, self.card[rows])), shape=(len(self.card), len(self.cards)))
        slope = np.zeros((cards, self.columns.shape[1]))
        slope[self.cards] = (self.turned @ chosen).toarray().T
        return slope


class Climb:
    def __init__(self, shown, cards):
        self.shown, self.tables = shown, Tables(cards, shown.signals)
        # The prices of a false alarm and of a step that acts; and what is truly told, of what weeks say.
        self.alarm, self.step, self.truly = 0.016, 0.01, np.ones((2, 2))
        self.best = (0, cards)

    def one(self, parts, at, smooth):
        """One round: the slope of what is asked, and how often is told and acted as the weeks have it."""
        shown, count = self.shown, len(self.tables.cards)
        attacks = np.full((3, shown.attacked.sum()), -50.0)
        which = np.zeros(attacks.shape, int)
        told = np.zeros((3, 2))
        slope = np.zeros_like(at)
        for n, part in enumerate(parts):
            part.look(at)
            attacks[n, part.attacks.key], which[n, part.attacks.key] = part.attack
        for n in (1, 2):
            fuller = np.where(attacks[0] >= attacks[n], 0, n)
            weight = steep(attacks[[0, n]].max(0) - TOLD, smooth) / attacks.shape[1] / 2
            for of in (0, n):
                np.add.at(parts[of].weight, which[of][fuller == of], weight[fuller == of])
        for n, (part, share) in enumerate(zip(parts, (1, 0.5, 0.5))):
            most, rows = part.week
            told[n, 0] = (most >= TOLD).sum() / shown.years
            part.weight[rows] -= steep(most - TOLD, smooth) * share * self.alarm / shown.years
            every = np.nonzero(part.weight)[0]
            slope += part.slope(every, part.weight[every], count)
            far, rows, short = part.acts(at, self.tables.presence)
            told[n, 1] = (far >= 0).sum() / shown.years
            weight = -steep(far, smooth) * share * self.step / shown.years
            for kind, mask in enumerate((True, self.tables.presence, ~self.tables.presence)):
                slope += part.slope(rows[short == kind], weight[short == kind], count) * mask
        return slope, told[0] + told[1:]

    def rounds(self, smooth, many, far, whole):
        parts = [Part(rows, program, self.shown, self.tables) for rows, program in self.shown.parts]
        for n in range(many + 1):
            at = np.round(self.tables.at * 4) / 4 if whole else self.tables.at
            slope, told = self.one(parts, at, smooth)
            if n % 25 == 0:
                self.check(told, f"{'whole' if whole else 'smooth'} {smooth} {n}")
            alarms, steps = (told * self.truly).max(0)
            self.alarm *= np.exp(np.clip(0.15 * (alarms / FALSE_ALARMS - 1), -0.05, 0.05))
            self.step *= np.exp(np.clip(0.1 * (steps / STEPS - 1), -0.04, 0.04))
            self.tables.climb(slope, far * (1 - 0.8 * n / many) if whole else far)

    def check(self, told, name):
        """By the rules themselves; the best that is allowed is kept."""
        cards = self.tables.whole()
        both = np.array(self.shown.measured(cards))
        self.truly = both[:, :2] / np.maximum(told, 0.01)
        alarms, steps, found = both[:, 0].max(), both[:, 1].max(), both[:, 2].mean()
        if alarms <= FALSE_ALARMS + 0.005 and steps <= STEPS and found > self.best[0]:
            self.best, name = (found, cards), name + " *"
        print(f"{name}: {said(both)}; prices {self.alarm:.4f} {self.step:.4f}", flush=True)


def said(both):
    return ", ".join(f"{alarms:.3f} false alarms {steps:.3f} steps {found:.4f}" for alarms, steps, found in both)


def main(directory, path, seeds="1,2,3", judged="", last=""):
    with open(f"{directory}/signals") as file:
        signals = file.read().split()[:-1]
    numbers = lambda words: [int(word) for word in words.split(",") if word]
    climb = Climb(Shown(directory, numbers(seeds), signals), tables.read(path, signals))
    for smooth in () if last else SMOOTH:
        climb.rounds(smooth, ROUNDS, FAR, False)
    climb.tables.thin()
    climb.rounds(SMOOTH[-1], 2 * ROUNDS, FAR * 0.6, True)
    tables.write(path, climb.best[1], signals)
    if judged:
        print("judged:", said(Shown(directory, numbers(judged), signals).measured(climb.best[1])))


main(*sys.argv[1:])
