// Named checks, one line each, and the sum at the end. xtask reads these lines.

export class Report {
  passed = 0;
  failed = 0;

  // Runs one check. Whatever goes wrong inside is that check's failure and no other's.
  async check(name, body) {
    try {
      await body();
    } catch (why) {
      this.failed += 1;
      const reason = `${why.name}: ${why.message}`.split(/\s+/).join(" ").slice(0, 600);
      console.log(`FAIL ${name}: ${reason}`);
      return false;
    }
    this.passed += 1;
    console.log(`PASS ${name}`);
    return true;
  }

  close() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed ? 1 : 0;
  }
}

export function expect(condition, otherwise) {
  if (!condition) throw new Error(otherwise);
}

export function same(found, wanted, what) {
  expect(found === wanted, `${what}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}
