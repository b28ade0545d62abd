// Phone: the portal over TLS under a name of its own, in a browser that trusts its local CA and verifies everything.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { Gate } from "../gate.mjs";
import { expect, Report, same } from "../report.mjs";
import { shots } from "../shots.mjs";
import { DEVICE, SESSION, Visitor } from "../visitor.mjs";
import { until } from "../wait.mjs";
import { Watch } from "../watch.mjs";

const CHROMIUM = "/usr/bin/chromium";
const NAME = "trade.example.test";

const free = () =>
  new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

// A gate beside the one that the run started, with a configuration of its own.
class Named extends Gate {
  async start() {
    this.home = join(this.home, "named");
    this.data = join(this.home, "data");
    mkdirSync(this.home, { recursive: true });
    this.portal = await free();
    this.origin = `https://${NAME}:${this.portal}`;
    await this.serve([`origin = "${this.origin}"`, "tls = { local_ca = true }"]);
  }

  async serve(keys) {
    const file = join(this.home, "portreeve.toml");
    writeFileSync(file, `[portal]\n${[`listen = "127.0.0.1:${this.portal}"`, ...keys].join("\n")}\n`);
    const log = (name) => openSync(join(this.home, name), "w");
    const words = ["serve", "--data", this.data, "--config", file, "--tws", `127.0.0.1:${await free()}`, "--seed", "7"];
    this.process = spawn(this.binary, words, { stdio: ["ignore", log("stdout"), log("stderr")] });
    await until("it serves", () => this.logged().includes("serving"));
  }

  link() {
    const find = () => this.printed().match(/https:\/\/\S+\/enrol\/\S+/)?.[0];
    return until("the enrolment link is printed", find);
  }

  stop() {
    return new Promise((ended) => {
      this.process.on("exit", ended);
      this.process.kill("SIGTERM");
    });
  }
}

const gate = new Named();
const report = new Report();
const watch = new Watch(gate);
const { chromium } = createRequire(join(gate.modules, "require.js"))("playwright-core");
const args = ["--no-sandbox", `--host-resolver-rules=MAP ${NAME} 127.0.0.1`];

// A browser whose person has a home of their own, with the CA in its store of roots, or without.
const launch = (home) => {
  mkdirSync(home, { recursive: true });
  return chromium.launch({ executablePath: CHROMIUM, args, env: { ...process.env, HOME: home } });
};

const installed = (home, certificate) => {
  const store = join(home, ".pki", "nssdb");
  mkdirSync(store, { recursive: true });
  const certutil = (...words) => execFileSync("certutil", ["-d", `sql:${store}`, ...words]);
  certutil("-N", "--empty-password");
  certutil("-A", "-n", "portreeve", "-t", "C,,", "-i", certificate);
};

async function walk(browser, ca) {
  const check = (name, one) => report.check(name, one);
  const maya = await Visitor.open(browser, gate, watch);
  if (!(await check("the owner enrols at the portal's own name", () => gate.link().then((link) => maya.enrol(link, "Maya"))))) return;
  await check("the passkey is bound to that name", async () => {
    const [passkey] = await maya.passkeys();
    same(passkey.rpId, NAME, "bound to");
  });
  await check("the browser holds the connection for verified TLS", async () => {
    const answer = await maya.goto("/");
    same((await answer.securityDetails()).issuer.includes("Portreeve local CA"), true, "issued by our CA");
    expect(answer.headers()["strict-transport-security"]?.startsWith("max-age="), "HSTS is sent");
    same(await maya.page.evaluate(() => isSecureContext), true, "a secure context");
  });
  await check("the cookies are this host's alone, over TLS alone", async () => {
    for (const name of [SESSION, DEVICE]) {
      const cookie = await maya.cookie(name);
      expect(cookie?.secure && cookie.httpOnly && cookie.name.startsWith("__Host-"), JSON.stringify(cookie));
      same(cookie.domain, NAME, `domain of ${name}`);
    }
  });
  await check("whoever signed out signs in again with the passkey", async () => {
    await maya.goto("/");
    await maya.signOut();
    await maya.signIn();
    same(maya.at(), "/", "the page");
  });
  await check("the event stream is live over TLS", () => maya.live());
  await check("the page of the true addresses names this one, and the CA as the command line does", async () => {
    await maya.goto("/origins");
    const text = await maya.text();
    const [authority] = (await gate.ask("portal", "ca")).authorities;
    same(authority.certificate, ca, "where the certificate is");
    expect(text.includes(gate.origin) && text.includes(authority.sha256), text);
    await shots(gate, maya, "phone-origins");
  });
  await check("the home page is drawn for a hand and a desk", async () => {
    await maya.goto("/");
    await shots(gate, maya, "phone-home");
  });
}

try {
  await gate.start();
  const ca = join(gate.data, "portal", "local-ca", NAME, "ca.pem");
  await report.check("the CA's certificate holds no key", () => {
    expect(!readFileSync(ca, "utf8").includes("PRIVATE"), "a private key");
  });
  const stranger = await launch(join(gate.home, "stranger"));
  await report.check("a browser without the CA refuses the page", async () => {
    const page = await stranger.newPage();
    const why = await page.goto(gate.origin).then(() => "it was shown", (error) => error.message);
    expect(why.includes("ERR_CERT_AUTHORITY_INVALID"), why);
  });
  await stranger.close();
  const home = join(gate.home, "maya");
  installed(home, ca);
  const browser = await launch(home);
  await walk(browser, ca);
  await watch.checks((name, one) => report.check(name, one));
  await browser.close();
  await report.check("a start under another name says where the passkeys work", async () => {
    await gate.stop();
    await gate.serve([]);
    const printed = await until("it is told", () => gate.printed().includes("The owner enrolled at ") && gate.printed());
    expect(printed.includes(`The owner enrolled at ${NAME}`), printed);
  });
} catch (why) {
  await report.check("the scenario reaches its end", () => Promise.reject(why));
}
await gate.stop();
report.close();
