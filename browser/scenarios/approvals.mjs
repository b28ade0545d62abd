// Approvals: an order of a real trading program is held until a person signs it, or ends it, in the portal.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";
import { until } from "../wait.mjs";
import { ask } from "../wire.mjs";

await scenario(async ({ gate, check, must, owner, bot: program }) => {
  const maya = await owner();
  let programs = 0;
  // Each order has another size: two alike within two seconds would be duplicates.
  const large = () => program(14_000 + 800 * (programs += 1));
  const button = (name) => maya.page.getByRole("button", { name, exact: true });
  const waiting = async () => (await gate.ask("approval", "list")).map((one) => one.id);
  // A program whose order is held, and its approval's page.
  const hold = async () => {
    const before = await waiting();
    const bot = large();
    await bot.held();
    const id = (await waiting()).find((one) => !before.includes(one));
    await maya.goto(`/approvals/${id}`);
    return { bot, id };
  };

  await maya.goto("/approvals");
  await maya.live();
  let first;
  await must("an order above the threshold is held, and the program's own library says so", async () => {
    const bot = large();
    first = { bot, view: await bot.held() };
    same(first.view.status, "PreSubmitted", "status");
  });
  await check("a page that is open shows it without being loaded again", async () => {
    await maya.page.locator("#approvals").getByRole("link", { name: /AAPL/ }).waitFor();
    await maya.page.locator("#pending .count").waitFor();
  });
  await must("its page tells exactly what will happen, who asks, and until when", async () => {
    await maya.page.locator("#approvals").getByRole("link", { name: /AAPL/ }).click();
    await maya.page.getByRole("heading", { name: "Exactly this will happen" }).waitFor();
    const text = await maya.text();
    for (const word of ["Buy", "AAPL", "USD", "demo", "Without an answer it is refused at",
      "% of the account's net value now, ", "USD as the venue tells it", "user id", "listener at 127.0.0.1:", "without an approval, "]) {
      expect(text.includes(word), `no ${word} in ${text}`);
    }
  });
  await check("the command line cannot grant it once there is an owner", async () => {
    const [id] = await waiting();
    const { code, out, err } = await gate.tell("approval", "grant", id, "--json");
    same(code, 3, `exit code (${out}${err})`);
    expect((out + err).includes("owner_must_sign"), out + err);
    same((await waiting()).length, 1, "approvals that still wait");
  });
  await check("without a signature it is not granted", async () => {
    const fields = { ceremony: (await maya.page.locator("input[name=ceremony]").first().inputValue()), response: "{}" };
    const cookie = await maya.cookies();
    const answer = await ask(gate, "POST", `${maya.at()}/approve`, { cookie, fields });
    expect(answer.status === 401, `status ${answer.status}`);
    await maya.page.reload();
  });
  await check("signed with the passkey, it is done: the program sees its fill", async () => {
    await button("Approve with a passkey").click();
    const view = await first.bot.until("its order is filled", (now) => now.status === "Filled");
    expect(view.remaining === 0 && view.filled > 0, JSON.stringify(view));
  });
  await check("the approval's page says who approved it", async () => {
    await maya.page.locator("#answer", { hasText: "approved" }).waitFor();
  });
  await check("the signature is kept with what was shown", async () => {
    const { out } = await gate.tell("journal", "tail", "--json");
    expect(out.includes("approval.signed"), "no approval.signed in the journal");
  });

  await check("refused by a tap, the order ends and the program is told", async () => {
    const { bot } = await hold();
    await button("Refuse").click();
    const view = await bot.until("its order has ended", (now) => now.done);
    same(view.filled, 0, "filled");
    same((await waiting()).length, 0, "approvals that still wait");
  });
  await must("`this was not me` refuses it, stops the API credential that asked, and opens an incident", async () => {
    const { bot } = await hold();
    await button("This was not me").click();
    await maya.page.getByRole("heading", { name: "Incident: demo" }).waitFor();
    await until("its program is cut off", () => bot.cut !== null);
    same(bot.now().filled, 0, "filled");
    same((await waiting()).length, 0, "orders that still wait");
    const steps = await maya.page.locator("#steps").innerText();
    same((steps.match(/done/g) ?? []).length, 3, `steps done in ${steps}`);
    await shots(gate, maya, "incident");
    await maya.goto("/limits");
    const text = await maya.page.locator("#engaged").innerText();
    expect(/API credential: demo/.test(text), text);
    expect(await maya.page.locator("#kills").isVisible(), "no banner");
  });
  await check("it is suspended, and its switch is on", async () => {
    const shown = await gate.ask("credential", "show", "demo");
    same(`${shown.state}, switch ${shown.kill}`, "suspended, switch true", "how it stands");
  });
  await must("the owner releases it by a signature over what is released", async () => {
    await maya.goto("/limits");
    await maya.page.locator("#engaged").getByRole("button", { name: /^Release/ }).click();
    expect((await maya.approve("/limits")).includes("demo"), "what is released is not named");
    expect(await maya.page.locator("#kills").isHidden(), "the banner is still there");
  });
  await must("and resumes it by another", async () => {
    await maya.goto("/credentials");
    await maya.page.getByRole("link", { name: "demo", exact: true }).click();
    await maya.page.getByRole("button", { name: "Resume" }).waitFor();
    const here = new URL(maya.page.url()).pathname;
    await button("Resume").click();
    expect((await maya.approve(here)).includes("demo"), "what is resumed is not named");
  });
  await check("the incident is closed when all is well again", async () => {
    await maya.goto("/incidents");
    await maya.page.locator("#incidents").getByRole("link").first().click();
    await button("Close the incident").click();
    await maya.page.locator("dl.facts", { hasText: "Closed" }).waitFor();
    await maya.goto("/incidents");
    expect(!/\bopen\b/.test(await maya.page.locator("#incidents table").innerText()), "it is still open");
  });
  await check("and a small order of it is filled again", async () => {
    const bot = program(2_000);
    await bot.until("its order is filled", (now) => now.status === "Filled");
  });
  await check("the switch of everything is not released by one person alone within the hour", async () => {
    await maya.page.getByRole("button", { name: /^Kill/ }).click();
    await button("Engage, keep protective stops").click();
    await maya.page.locator("#kills", { hasText: "everything" }).waitFor();
    await maya.goto("/limits");
    const engaged = maya.page.locator("#engaged");
    expect((await engaged.innerText()).includes("Can be released from"), await engaged.innerText());
    same(await engaged.getByRole("button", { name: /^Release/ }).count(), 0, "buttons");
    const cookie = await maya.cookies();
    await ask(gate, "POST", "/release", { cookie, fields: { level: "customer", target: "" } });
    await maya.goto("/");
    expect(await maya.page.locator("#kills").isVisible(), "it was released");
  });
});
