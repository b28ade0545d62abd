// Two approvers: above a limit an order of a real trading program waits for two people, or for one with a security key.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";

await scenario(async ({ gate, check, must, visitor, owner, canaries, bot: program }) => {
  const maya = await owner();
  let programs = 0;
  const large = () => program(14_000 + 800 * (programs += 1));
  const button = (one, name) => one.page.getByRole("button", { name, exact: true });
  const waiting = async () => (await gate.ask("approval", "list")).map((one) => one.id);
  const hold = async () => {
    const before = await waiting();
    const bot = large();
    await bot.held();
    return { bot, id: (await waiting()).find((one) => !before.includes(one)) };
  };

  await must("a limit of the program says above which value one approver is not enough", async () => {
    await maya.goto("/credentials");
    await maya.page.getByRole("link", { name: "demo", exact: true }).click();
    await maya.page.getByText("Change a limit").click();
    await maya.page.selectOption("select[name=control]", "top_above");
    await maya.page.fill("input[name=value]", "12,000");
    await button(maya, "Change the limit").click();
    await maya.page.getByText("12,000", { exact: false }).first().waitFor();
  });
  await check("alone with a synced passkey nobody can grant it, and the page says what to do", async () => {
    const { bot, id } = await hold();
    await maya.goto(`/approvals/${id}`);
    for (const word of ["Nobody here can grant it", "Bind a security key", "invite a second approver"]) {
      expect((await maya.text()).includes(word), `no ${word} in ${await maya.text()}`);
    }
    same(await button(maya, "Approve with a passkey").count(), 0, "buttons");
    await shots(gate, maya, "approval-out-of-reach");
    await button(maya, "Refuse").click();
    await bot.until("its order has ended", (now) => now.done);
  });

  let ana, both;
  await must("a trader is invited by a signature, and comes in by the link", async () => {
    await maya.goto("/people");
    await maya.page.getByRole("radio", { name: /Trader/ }).check();
    await maya.page.fill("input[name=label]", "desk-2");
    await button(maya, "Invite").click();
    const words = await maya.approve("/people");
    expect(words.includes("Invite somebody as trader: desk-2"), words);
    await maya.page.getByRole("button", { name: /^Make the link/ }).click();
    const link = await maya.page.locator(".secret").innerText();
    canaries.plant("the link of an invitation", link.split("/").at(-1));
    await shots(gate, maya, "people-link");
    ana = await visitor();
    await ana.enrol(link, canaries.plant("the trader's name", `Ana Canary${randomBytes(6).toString("hex")}`));
    await canaries.cookiesOf(ana);
    same((await (await visitor()).page.goto(link)).status(), 410, "the link a second time");
  });
  await check("the owner sees who is a user, and the trader sees less", async () => {
    await maya.goto("/people");
    const all = await maya.page.locator("#users").innerText();
    expect(all.includes(ana.name) && all.includes("trader") && !all.includes("not shown"), all);
    await shots(gate, maya, "people");
    await maya.page.getByRole("link", { name: ana.name }).click();
    await maya.page.getByRole("heading", { name: "Remove this user" }).waitFor();
    await shots(gate, maya, "people-one");
    await ana.goto("/people");
    expect((await ana.page.locator("#users").innerText()).includes("not shown"), "she sees how the owner comes in");
    same(await button(ana, "Invite").count(), 0, "buttons");
  });
  await check("the command line lists them, and names nobody", async () => {
    const users = (await gate.ask("user", "list")).users;
    same(users.map((one) => one.role).join(" "), "owner trader", "roles");
    expect(!JSON.stringify(users).includes("Canary"), "a name is told");
  });

  await must("the first of two signs, and the order waits on", async () => {
    const { bot, id } = await hold();
    both = id;
    await maya.goto(`/approvals/${id}`);
    expect((await maya.page.locator(".signed").innerText()).includes("it takes two approvers"), "the words do not say so");
    await shots(gate, maya, "approval-two");
    await button(maya, "Approve with a passkey").click();
    await maya.page.getByText("One of two has signed: you.").waitFor();
    same(await button(maya, "Approve with a passkey").count(), 0, "buttons for whoever has signed");
    same((await waiting()).join(), id, "what waits");
    same(bot.now().filled, 0, "filled");
    await shots(gate, maya, "approval-one-of-two");
    await ana.goto(`/approvals/${id}`);
    await ana.page.getByText(`One of two has signed: ${maya.name}.`).waitFor();
    await shots(gate, ana, "approval-the-other");
    await button(ana, "Approve with a passkey").click();
    const view = await bot.until("its order is filled", (now) => now.status === "Filled");
    expect(view.remaining === 0 && view.filled > 0, JSON.stringify(view));
  });
  await check("the second one refuses, and the program is told", async () => {
    const { bot, id } = await hold();
    await maya.goto(`/approvals/${id}`);
    await button(maya, "Approve with a passkey").click();
    await maya.page.getByText("One of two has signed: you.").waitFor();
    await ana.goto(`/approvals/${id}`);
    await button(ana, "Refuse").click();
    const view = await bot.until("its order has ended", (now) => now.done);
    same(view.filled, 0, "filled");
  });
  await check("both signatures are checked offline from one file, and one of them is not enough", async () => {
    const file = join(gate.home, "two.json");
    await gate.ask("approval", "show", both, "--file", file);
    const told = await gate.ask("approval", "verify", file);
    expect(told.valid && told.first.signed.by !== told.signed.by, JSON.stringify(told));
    const { first: _left, ...alone } = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, `${JSON.stringify(alone, null, 2)}\n`);
    const { code, err, out } = await gate.tell("approval", "verify", file);
    expect(code === 3 && /two approvers/.test(out + err), `${code} ${out}${err}`);
  });
  await check("the dossier of it is sound to us and to a program that shares no code with ours", async () => {
    const out = join(gate.home, "dossier");
    const { key } = await gate.ask("dossier", "export", "--approval", both, "--out", out);
    expect((await gate.ask("dossier", "verify", out, "--key", key)).sound, "it is not sound to us");
    const words = ["-B", join(gate.root, "examples/verify_dossier.py"), out, key];
    const said = execFileSync(gate.verifier, words, { timeout: 30_000, encoding: "utf8" });
    expect(said.includes("1 signed"), said);
  });
  await must("a security key that was added a moment ago is not enough by itself", async () => {
    await maya.goto("/authenticators");
    await maya.page.fill("input[name=name]", "Key in the drawer");
    await maya.present(false);
    await maya.another();
    await button(maya, "Add a passkey").click();
    await maya.page.locator("#have", { hasText: "Key in the drawer" }).waitFor();
    const { bot, id } = await hold();
    await maya.goto(`/approvals/${id}`);
    expect(!(await maya.text()).includes("Alone, with a security key: you"), await maya.text());
    await button(maya, "Approve with a passkey").click();
    await maya.page.getByText("One of two has signed: you.").waitFor();
    await button(maya, "Refuse").click();
    const view = await bot.until("its order has ended", (now) => now.done);
    same(view.filled, 0, "filled");
    await maya.present(true);
  });
  await check("whoever is removed is out at once, with an open page", async () => {
    await ana.goto("/");
    await ana.live();
    const out = ana.turnedOut();
    await maya.goto("/people");
    await maya.page.getByRole("link", { name: ana.name }).click();
    await maya.page.getByRole("button", { name: /^Remove/ }).click();
    await maya.arrived("/people");
    await out;
    expect(!(await maya.page.locator("#users").innerText()).includes(ana.name), "she is still there");
  });
});
