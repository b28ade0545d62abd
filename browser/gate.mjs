// The gate under test: its addresses, what it printed and logged, and its own command line.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { until } from "./wait.mjs";

const LIMIT_MS = 45_000;

export class Gate {
  // Everything is said on the command line: the binary, its data and log directory, its ports, Python, where to write.
  constructor() {
    const text = { type: "string" };
    const options = { binary: text, home: text, port: text, portal: text, python: text, modules: text, out: text };
    const { values } = parseArgs({ options: { ...options, root: text, verifier: text, mail: text, carriers: text } });
    Object.assign(this, values);
    this.data = join(this.home, "data");
    this.port = Number(values.port);
    this.origin = `http://localhost:${values.portal}`;
    this.address = `http://127.0.0.1:${values.portal}`;
  }

  // One verb of the command line; the exit code is part of the answer.
  tell(...words) {
    return new Promise((done) => {
      const all = [...words, "--data", this.data];
      execFile(this.binary, all, { timeout: LIMIT_MS, encoding: "utf8", maxBuffer: 1 << 26 }, (error, out, err) => {
        done({ code: error ? (error.code ?? error.signal) : 0, out, err });
      });
    });
  }

  async ask(...words) {
    const { code, out, err } = await this.tell(...words, "--json");
    if (code !== 0) throw new Error(`portreeve ${words.join(" ")} ended with ${code}: ${out}${err}`);
    return out.trim() ? JSON.parse(out) : null;
  }

  printed() {
    return readFileSync(join(this.home, "stdout"), "utf8");
  }

  logged() {
    return readFileSync(join(this.home, "stderr"), "utf8");
  }

  // The database, and what SQLite keeps beside it.
  stored() {
    return ["portreeve.db", "portreeve.db-wal"].map((name) => {
      try {
        return readFileSync(join(this.data, name));
      } catch {
        return Buffer.alloc(0);
      }
    });
  }

  // The one-time link of the first start.
  link() {
    const find = () => this.printed().match(/http:\/\/\S+\/enrol\/\S+/)?.[0];
    return until("the enrolment link is printed", find);
  }
}
