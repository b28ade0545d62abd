// A gate of the scenario's own beside the one that the run started: with a configuration, and to be killed and restarted.

import { spawn } from "node:child_process";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Gate } from "./gate.mjs";
import { until } from "./wait.mjs";

export const free = () =>
  new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

export class OwnGate extends Gate {
  more = ["--seed", "7"];

  async start(settings) {
    this.home = join(this.home, "own");
    this.data = join(this.home, "data");
    mkdirSync(this.home, { recursive: true });
    [this.port, this.portal] = [await free(), await free()];
    this.origin = `http://localhost:${this.portal}`;
    this.address = `http://127.0.0.1:${this.portal}`;
    this.file = join(this.home, "portreeve.toml");
    writeFileSync(this.file, `[portal]\nlisten = "127.0.0.1:${this.portal}"\n${settings}\n`);
    this.starts = 0;
    await this.serve();
  }

  async serve() {
    const log = (name) => openSync(join(this.home, name), "a");
    const words = ["serve", "--data", this.data, "--config", this.file, "--tws", `127.0.0.1:${this.port}`, ...this.more];
    // A test that runs under systemd still wants the link printed.
    const { INVOCATION_ID, JOURNAL_STREAM, ...env } = process.env;
    this.process = spawn(this.binary, words, { env, stdio: ["ignore", log("stdout"), log("stderr")] });
    this.starts += 1;
    await until("it serves", () => this.logged().split("serving").length > this.starts, 30_000);
  }

  // SIGKILL: it writes and says nothing any more.
  end(signal) {
    return new Promise((ended) => {
      if (!this.process || this.process.exitCode !== null || this.process.signalCode) return ended();
      this.process.on("exit", ended);
      this.process.kill(signal);
    });
  }
}
