// A live account: it is meant by name, opens once somebody can sign for it, and what trades it is signed elsewhere.

import { expect, same } from "../report.mjs";
import { LiveGate } from "../live_tws.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";
import { until } from "../wait.mjs";

const gate = new LiveGate();
await gate.start("");
await scenario(async ({ check, must, owner }) => {
  const accounts = async () => (await gate.ask("status")).accounts ?? [];
  await check("that it is real money is said before anything else, and nothing may trade", async () => {
    const said = gate.printed();
    for (const word of [gate.account, "LIVE account", "real money", "/enrol/"]) expect(said.includes(word), said);
    expect(!said.includes("paper"), said);
    same((await gate.ask("credential", "list")).length, 0, "API credentials");
    const words = ["--account", gate.account, "--scope", "account:read", "--expires", "1d", "--listen", "127.0.0.1:4999"];
    const { code, out } = await gate.tell("credential", "create", "--name", "early", ...words, "--json");
    expect(code !== 0 && JSON.parse(out).code.startsWith("account_"), out);
  });
  await check("without its number the same login is no start", async () => {
    const { code, err } = gate.unnamed;
    expect(code !== 0 && err.includes(`--account ${gate.account}`), `${code} ${err}`);
  });
  const maya = await owner();
  await must("once there is an owner the account opens by itself", async () => {
    await until("the live account is open", () => gate.logged().includes("the live account is open"), 15_000);
    await maya.goto("/positions");
    const text = await maya.text();
    expect(text.includes(gate.account) && text.includes("live, USD") && text.includes("LIVE money"), text);
    await shots(gate, maya, "live-positions");
  });
  await check("the machine's own user can look and restrict, and make nothing that trades", async () => {
    const words = ["--account", gate.account, "--scope", "account:read", "--expires", "1d", "--listen", "127.0.0.1:4999"];
    const { out } = await gate.tell("credential", "create", "--name", "early", ...words, "--json");
    same(JSON.parse(out).code, "owner_must_sign", "code");
  });
  // From the first step to the answer.
  const wizard = async (name, secret) => {
    const page = maya.page;
    const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
    const step = (title) => page.locator("ol.steps [aria-current=step]", { hasText: title }).waitFor();
    await maya.goto("/credentials");
    await page.getByRole("link", { name: "Create an API credential" }).click();
    await step("1.");
    await page.fill("input[name=name]", name);
    await page.locator("input[name=scope][value='order:submit']").check();
    await next();
    await step("2.");
    await page.fill("input[name=instruments]", "AAPL/USD");
    if (secret) await page.locator("input[name=more][value=secret]").check();
    await next();
    await step("3.");
    await page.fill("input[name=order_value]", "5000");
    await page.fill("input[name=day_value]", "50000");
    await next();
    await step("4.");
    await page.getByRole("button", { name: /^(Create|Ask)/ }).click();
    await page.waitForLoadState();
    return maya.text();
  };
  await check("one with a secret is not asked for: the page that asks would show it", async () => {
    const text = await wizard("told", true);
    expect(text.includes("it is made without a secret"), text);
    same((await gate.ask("credential", "list")).length, 0, "API credentials");
  });
  await must("what trades it is asked for, and cannot be signed where it was asked", async () => {
    const text = await wizard("momentum", false);
    expect(/another device/i.test(text), text);
    await shots(gate, maya, "live-credential");
    same((await gate.ask("credential", "list")).length, 0, "API credentials");
  });
  await check("after a restart it is open, and nothing was made by itself", async () => {
    await gate.end("SIGTERM");
    await gate.serve();
    await until("the restarted gate says its accounts", accounts, 15_000);
    same((await gate.ask("credential", "list")).length, 0, "API credentials");
    expect(!gate.printed().split("\n").slice(-12).join("\n").includes("paper"), gate.printed());
  });
}, gate);
await gate.stop();
