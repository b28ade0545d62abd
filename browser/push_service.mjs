// A push service of the test's own (TLS, http_ece, PyJWT) on loopback, and a browser's subscription there: this Chromium
// has no push service to subscribe at, so that the page's call is answered with real keys that the service reads with.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "./wait.mjs";

const SOON_MS = 30_000;

export class PushService {
  came = [];
  port = 0;

  // What is kept from one start to the next: its certificate and the keys of the browser.
  constructor(gate, home) {
    Object.assign(this, { gate, certificate: join(home, "push.pem"), key: join(home, "push.key"), kept: join(home, "browser") });
  }

  async open() {
    const files = ["--certificate", this.certificate, "--key", this.key, "--browser", this.kept];
    const words = [join(this.gate.root, "clients/carriers.py"), "push", "--port", `${this.port}`, ...files];
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
    this.process = spawn(this.gate.carriers, words, { env, stdio: ["pipe", "pipe", "inherit"] });
    let ready = false;
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      const said = JSON.parse(line);
      if (!said.port) return void this.came.push(said);
      ready = true;
      Object.assign(this, { port: said.port, keys: { p256dh: said.p256dh, auth: said.auth } });
    });
    await until("the push service is there", () => ready, SOON_MS);
  }

  // How it answers from now on: take, hang, gone.
  mood(word) {
    this.process.stdin.write(`${word}\n`);
  }

  // The next of this word after `seen` of them, decrypted, with a token that is good.
  next(kind, seen = 0) {
    const find = () => this.came.slice(seen).find((one) => one.said?.kind === kind);
    return until(`a push that says ${kind}`, find, SOON_MS);
  }

  // From now on the pages of this visitor subscribe here.
  async answers(visitor) {
    let held = null;
    this.lose = () => (held = null);
    await visitor.context.exposeFunction("subscriptionHeld", () => held);
    await visitor.context.exposeFunction("subscriptionMade", (key) => {
      this.subscribed = Buffer.from(key).toString("base64url");
      return (held = { endpoint: `https://localhost:${this.port}/wpush/canary-of-the-path`, ...this.keys });
    });
    await visitor.context.exposeFunction("subscriptionDropped", () => ((held = null), true));
    await visitor.context.addInitScript(() => {
      if (!window.PushManager) return;
      const bytes = (text) => {
        const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
        return Uint8Array.from(letters, (one) => one.charCodeAt(0)).buffer;
      };
      const real = (made) => made && { endpoint: made.endpoint, getKey: (name) => bytes(made[name]), unsubscribe: () => window.subscriptionDropped() };
      PushManager.prototype.getSubscription = async () => real(await window.subscriptionHeld());
      PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
        if (!userVisibleOnly) throw new TypeError("only what is shown");
        return real(await window.subscriptionMade([...applicationServerKey]));
      };
    });
  }

  close() {
    return new Promise((ended) => {
      if (!this.process || this.process.exitCode !== null || this.process.signalCode) return ended();
      this.process.on("exit", ended);
      this.process.kill();
    });
  }
}
