// A mailbox: a real SMTP server (aiosmtpd) on loopback, and the letters that came.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "./wait.mjs";

const SOON_MS = 30_000;

export class Mailbox {
  letters = [];

  static async open(gate) {
    const one = new Mailbox();
    const words = [join(gate.root, "clients/carriers.py"), "smtp", "--port", gate.mail];
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
    one.process = spawn(gate.carriers, words, { env, stdio: ["ignore", "pipe", "inherit"] });
    let ready = false;
    createInterface({ input: one.process.stdout }).on("line", (line) => {
      const said = JSON.parse(line);
      if (said.port) ready = true;
      else one.letters.push(said);
    });
    await until("the mail server is there", () => ready, SOON_MS);
    return one;
  }

  // The next letter after `seen` of them that has this subject.
  letter(subject, seen = 0) {
    const find = () => this.letters.slice(seen).find((one) => one.subject?.includes(subject));
    return until(`a letter about ${subject}`, find, SOON_MS);
  }

  close() {
    this.process.kill();
  }
}
