// A gate in front of a TWS with a live account: the paper broker's socket, whose account is called by another number.

import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { free, OwnGate } from "./own_gate.mjs";
import { until } from "./wait.mjs";

// Whole messages, so that a number is never cut in two; both numbers are equally long.
const renamed = (from, to, first) => {
  let held = Buffer.alloc(0);
  return (bytes) => {
    held = Buffer.concat([held, bytes]);
    const whole = [];
    if (first && held.length >= 4) {
      whole.push(held.subarray(0, 4));
      [held, first] = [held.subarray(4), false];
    }
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0);
      whole.push(Buffer.from(held.subarray(0, end).toString("latin1").replaceAll(from, to), "latin1"));
      held = held.subarray(end);
    }
    return Buffer.concat(whole);
  };
};

export class LiveGate extends OwnGate {
  async start(settings) {
    const port = await free();
    const log = openSync(join(this.home, "paper"), "a");
    const words = ["paper", "--data", join(this.home, "tws"), "--listen", `127.0.0.1:${port}`, "--seed", "7"];
    this.paper = spawn(this.binary, words, { stdio: ["ignore", log, log] });
    const told = () => readFileSync(join(this.home, "paper"), "utf8").match(/"account":"(DU\d+)"/)?.[1];
    const paper = await until("the paper broker listens", told, 30_000);
    this.account = paper.replace("DU", "U9");
    this.upstream = await this.pass(port, paper);
    // Before the gate has the house's client id there: the same login, and nobody says which account is meant.
    this.data = join(this.home, "unnamed");
    this.unnamed = await this.tell("serve", "--venue", `tws://127.0.0.1:${this.upstream}`);
    this.more = ["--venue", `tws://127.0.0.1:${this.upstream}`, "--account", this.account];
    await super.start(settings);
  }

  pass(port, paper) {
    this.proxy = createServer((gate) => {
      const tws = connect(port, "127.0.0.1");
      const [up, down] = [renamed(this.account, paper, true), renamed(paper, this.account, false)];
      gate.on("data", (bytes) => tws.write(up(bytes)));
      tws.on("data", (bytes) => gate.write(down(bytes)));
      for (const [one, other] of [[gate, tws], [tws, gate]]) {
        one.on("error", () => other.destroy());
        one.on("close", () => other.destroy());
      }
    });
    return new Promise((open) => this.proxy.listen(0, "127.0.0.1", () => open(this.proxy.address().port)));
  }

  async stop() {
    await this.end("SIGTERM");
    this.proxy.close();
    this.paper.kill();
  }
}
