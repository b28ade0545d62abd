"""Named checks, one line each, and the sum at the end. xtask reads these lines."""

import sys


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, body):
        """Runs one check. Whatever goes wrong inside is that check's failure and no other's."""
        try:
            body()
        except Exception as why:  # noqa: BLE001: a check may fail in any way
            self.failed += 1
            reason = " ".join(f"{type(why).__name__}: {why}".split())
            print(f"FAIL {name}: {reason}", flush=True)
        else:
            self.passed += 1
            print(f"PASS {name}", flush=True)

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


def expect(condition, otherwise):
    """An assertion that python -O does not remove."""
    if not condition:
        raise AssertionError(otherwise)
