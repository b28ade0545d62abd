// A scenario: one gate, one browser, named checks; and at its end what must be true of every run.

import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Bot } from "./bot.mjs";
import { Canaries } from "./canaries.mjs";
import { Gate } from "./gate.mjs";
import { Report } from "./report.mjs";
import { HAND, Visitor } from "./visitor.mjs";
import { Watch } from "./watch.mjs";

const CHROMIUM = "/usr/bin/chromium";

class Stop extends Error {}

// With the gate that the run has started, or one of the scenario's own.
export async function scenario(body, gate = new Gate()) {
  const report = new Report();
  const { chromium } = createRequire(join(gate.modules, "require.js"))("playwright-core");
  // Without a sandbox of its own: the test may run as root, in a container, and opens nothing but the portal.
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  const watch = new Watch(gate);
  const canaries = new Canaries();
  const check = (name, one) => report.check(name, one);
  // A check without which the rest says nothing.
  const must = async (name, one) => {
    if (!(await report.check(name, one))) throw new Stop(name);
  };
  const visitor = () => Visitor.open(browser, gate, watch);
  const hand = () => Visitor.open(browser, gate, watch, HAND);
  // The first owner, under a name that must be found nowhere in the clear.
  const owner = async () => {
    const one = await visitor();
    const link = await gate.link();
    canaries.plant("the enrolment link", link.split("/").at(-1));
    const name = canaries.plant("the owner's name", `Maya Canary${randomBytes(6).toString("hex")}`);
    await must("the first owner is enrolled", () => one.enrol(link, name));
    await canaries.cookiesOf(one);
    return one;
  };
  const bots = [];
  const bot = (value, options) => {
    const one = new Bot(gate, value, options);
    bots.push(one);
    return one;
  };
  try {
    await body({ gate, check, must, visitor, hand, owner, canaries, bot });
  } catch (why) {
    if (!(why instanceof Stop)) await check("the scenario reaches its end", () => Promise.reject(why));
  }
  await watch.checks(check);
  await canaries.checks(check, gate);
  bots.forEach((one) => one.stop());
  await browser.close();
  report.close();
}
