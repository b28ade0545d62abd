"""The rows that `sim rows` writes, and what alerts at a threshold come to on them: as sim/src/measure.rs counts."""

import numpy as np

DAY_MS = 86_400_000
BEGINS_AT = 1_767_571_200_000
STANDS_MS = 7 * DAY_MS
# Behind the signals: the pace of orders, of sign-ins, and the days that the subject is known.
CONTEXT = ["orders", "sign_ins", "days"]


class Rows:
    """Rows of some files, of their first users, renumbered so that none is two people."""

    def __init__(self, directory, names, until):
        with open(f"{directory}/signals") as file:
            *self.signals, bit = file.read().split()
        self.bit = int(bit)
        self.fields = self.signals + CONTEXT
        numbers = ["user", "subject", "day", "phase", "theirs", "at"]
        layout = np.dtype([(name, "<i8") for name in numbers] + [("bits", "<i2", (len(self.fields),))])
        rows, truth = [], []
        for n, name in enumerate(names):
            one = np.fromfile(f"{directory}/{name}", dtype=layout)
            labels = np.loadtxt(f"{directory}/{name}.truth", dtype=np.int64, ndmin=2)
            many = until["attacked" if "attacked" in name else "whole"]
            one, labels = one[one["user"] < many], labels[labels[:, 0] < many]
            one["user"] += n * 1_000_000
            labels[:, 0] += n * 1_000_000
            rows.append(one)
            truth.append(labels)
        self.rows, self.truth = np.concatenate(rows), np.concatenate(truth)
        users, number = np.unique(self.truth[:, 0], return_index=True)
        self.truth = self.truth[number]
        self.who = np.searchsorted(users, self.rows["user"])
        self.kind = self.truth[self.who, 1]
        self.program = self.rows["subject"] > 0

    def of(self, signal):
        return self.rows["bits"][:, self.fields.index(signal)].astype(np.float32)

    def take(self, chosen):
        """The same, of some rows only."""
        less = object.__new__(Rows)
        less.__dict__.update(self.__dict__)
        less.rows, less.who, less.kind = self.rows[chosen], self.who[chosen], self.kind[chosen]
        less.program = self.program[chosen]
        return less


class Bench:
    """Attacks detected and false alarms a user-year, of scores for rows."""

    def __init__(self, rows):
        truth = rows.truth
        self.rows, self.attacked = rows, truth[:, 1] >= 0
        self.starts = np.where(self.attacked, truth[:, 5], 2**62)
        self.ends = np.where(self.attacked, truth[:, 6] + DAY_MS, -1)
        self.honest = np.where(self.attacked, (truth[:, 5] - BEGINS_AT) // DAY_MS, 90).sum()
        self.subject = rows.who * 64 + rows.rows["subject"]

    def at(self, score, threshold):
        """False alarms a user-year, and which users' attacks are detected."""
        told = np.nonzero(score >= threshold)[0]
        who = self.rows.who[told]
        columns = (self.subject[told], self.rows.rows["at"][told], who, self.starts[who], self.ends[who], score[told])
        false, found, standing = 0, set(), {}
        for subject, at, user, starts, ends, bits in zip(*(column.tolist() for column in columns)):
            opened, before = standing.get(subject, (None, 0))
            opens = opened is None or at - opened >= STANDS_MS
            if not opens and bits < before + 2:
                continue
            standing[subject] = (at if opens else opened, bits)
            if at < starts:
                false += opens
            elif at <= ends:
                found.add(user)
        return false * 365 / self.honest, found

    def threshold(self, score, alarms):
        """The lowest at which there are no more false alarms than that."""
        many = min(len(score), 150_000)
        steps = np.sort(np.partition(score, -many)[-many:])[::-1]
        low, high = 0, many - 1
        while high - low > 25:
            middle = (low + high) // 2
            low, high = (low, middle) if self.at(score, steps[middle])[0] > alarms else (middle, high)
        return steps[low]

    def share(self, found):
        return len(found) / self.attacked.sum()

    def by_kind(self, found):
        seen = np.zeros(len(self.rows.truth), bool)
        seen[list(found)] = True
        kinds = self.rows.truth[:, 1]
        return " ".join(f"{kind}:{100 * seen[kinds == kind].mean():.0f}" for kind in range(12) if (kinds == kind).any())
