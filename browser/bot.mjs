// A trading program beside the browser: what its own library tells of its order.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "./report.mjs";
import { until } from "./wait.mjs";

// Two connections of one client id are refused, as TWS does.
let clients = 20;
const SOON_MS = 30_000;

export class Bot {
  said = [];
  ended = null;
  cut = null;

  // Through the demo API credential of a first start, where no other port is said: above 10,000 USD an order is held.
  // `part` of the market's price is what it bids: below 1 the order rests. The same order is placed so many `times`.
  constructor(gate, value, { port = gate.port, secret = "", part = 1.01, times = 1 } = {}) {
    clients += 1;
    const families = join(gate.root, "clients");
    const words = ["--port", port, "--client", clients, "--families", families, "--part", part, "--value", value, "--times", times].map(String);
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PORTREEVE_SECRET: secret };
    const stdio = ["pipe", "pipe", "inherit"];
    this.process = spawn(gate.python, [join(gate.root, "browser/bot.py"), ...words], { env, stdio });
    this.process.on("exit", (code) => (this.ended = code ?? -1));
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      const one = JSON.parse(line);
      if (one.disconnected) this.cut ??= performance.now();
      else this.said.push(one);
    });
  }

  now() {
    return this.said.at(-1) ?? {};
  }

  async until(what, condition) {
    const met = () => {
      if (condition(this.now())) return true;
      if (this.ended !== null) throw new Error(`${what}: the program ended with ${this.ended} after ${JSON.stringify(this.now())}`);
      return false;
    };
    try {
      await until(what, met, SOON_MS);
    } catch (why) {
      throw new Error(`${why.message}; the order is ${JSON.stringify(this.now())}`);
    }
    return this.now();
  }

  held() {
    return this.until("its order is held", (now) => {
      expect(!now.done, `it was not held: ${JSON.stringify(now)}`);
      return now.held && now.filled === 0;
    });
  }

  // The same order, at another part of its price.
  changes(part) {
    this.process.stdin.write(`${part}\n`);
  }

  stop() {
    this.process.kill();
  }
}
