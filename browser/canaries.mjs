// Secrets and personal data that must not be found again: in the journal as it is told, the logs, the database.

import { expect } from "./report.mjs";
import { DEVICE, SESSION } from "./visitor.mjs";

// As text, as hex in either case, and as base64 at each of its three alignments.
export function disguises(text) {
  const bytes = Buffer.from(text, "utf8");
  const found = [text, bytes.toString("hex"), bytes.toString("hex").toUpperCase()];
  for (let shift = 0; shift < 3; shift += 1) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64").replace(/=+$/, "");
    // The first and last letters hold bits of the neighbours too.
    const inner = shifted.slice(shift === 0 ? 0 : shift + 1, -1);
    found.push(inner, inner.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return [...new Set(found)];
}

export class Canaries {
  planted = new Map();

  plant(what, text) {
    if (text) this.planted.set(text, what);
    return text;
  }

  // The secret of a cookie is its last part; the ids before it are told openly.
  async cookiesOf(visitor) {
    for (const name of [SESSION, DEVICE]) {
      const cookie = await visitor.cookie(name);
      this.plant(`the secret in ${name}`, cookie?.value.split(".").at(-1));
    }
  }

  within(haystack) {
    const at = (needle) => haystack.includes(needle);
    return [...this.planted].filter(([text]) => disguises(text).some(at)).map(([, what]) => what);
  }

  async checks(check, gate) {
    const nowhere = (where, found) => expect(found.length === 0, `${where} holds ${found.join(", ")}`);
    await check("no name or secret is told by journal tail", async () => {
      const { code, out, err } = await gate.tell("journal", "tail", "--json");
      expect(code === 0 && out.length > 0, `journal tail ended with ${code}: ${err}`);
      const plain = await gate.tell("journal", "tail");
      nowhere("journal tail", this.within(out + err + plain.out + plain.err));
    });
    await check("no name or secret is in the logs", () => {
      const logged = gate.logged();
      expect(logged.length > 0, "nothing was logged");
      nowhere("stderr", this.within(logged));
    });
    await check("no name or secret is in the database", () => {
      const stored = gate.stored();
      expect(stored[0].length > 0, "no database was read");
      stored.forEach((bytes) => nowhere("portreeve.db", this.within(bytes)));
    });
  }
}
