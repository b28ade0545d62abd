// The wizard: an API credential in three steps; the program that gets it trades within it, and not beyond.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { until } from "../wait.mjs";

await scenario(async ({ gate, check, must, owner, canaries, bot }) => {
  const maya = await owner();
  const page = maya.page;
  const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
  const tick = (name, value) => page.locator(`input[name=${name}][value="${value}"]`).check();
  const step = (title) => page.locator("ol.steps [aria-current=step]", { hasText: title }).waitFor();
  let port;
  let secret;

  await must("it begins with reading only", async () => {
    await maya.goto("/credentials");
    await page.getByRole("link", { name: "Create an API credential" }).click();
    await step("1.");
    expect(!(await page.locator("input[value='order:submit']").isChecked()), "it begins with trading");
  });
  await must("what it may do", async () => {
    await page.fill("input[name=name]", "momentum-bot");
    await tick("scope", "order:submit");
    await tick("scope", "order:cancel");
    await next();
    await step("2.");
  });
  await check("a port that another has is refused at its step, and what was typed stays", async () => {
    port = Number(await page.inputValue("input[name=listen]"));
    await page.fill("input[name=listen]", gate.portal);
    await page.fill("input[name=instruments]", "AAPL/USD");
    await next();
    await page.getByRole("alert").filter({ hasText: "Refused." }).waitFor();
    same(await page.inputValue("input[name=instruments]"), "AAPL/USD", "what was typed");
  });
  await must("where and what", async () => {
    await page.getByRole("button", { name: "Back" }).click();
    await step("1.");
    same(await page.inputValue("input[name=name]"), "momentum-bot", "the name that was typed");
    await next();
    await step("2.");
    await page.fill("input[name=listen]", String(port));
    await tick("more", "secret");
    await next();
    await step("3.");
  });
  await must("limits and expiry", async () => {
    await page.fill("input[name=order_value]", "5000");
    await page.fill("input[name=day_value]", "50000");
    await next();
    await step("4.");
  });
  await must("the summary says in plain words what it can, what it cannot, and the most it could trade in a day", async () => {
    const text = await maya.text();
    for (const word of ["momentum-bot", "AAPL/USD", "5,000 USD", "50,000 USD"]) {
      expect(text.includes(word), `no ${word} in ${text}`);
    }
  });
  await must("created, its secret is shown with what to paste", async () => {
    await page.getByRole("button", { name: /^Create/ }).click();
    secret = (await page.locator("p.secret").innerText()).trim();
    canaries.plant("the API credential's secret", secret);
    const python = await page.locator("pre").innerText();
    expect(python.includes(String(port)) && !python.includes(secret), python);
  });
  const trader = (value, options) => bot(value, { port, secret, ...options });
  let running;
  await must("a program with it trades", async () => {
    running = trader(2_000);
    await running.until("its order is filled", (now) => now.status === "Filled");
  });
  await check("an order beyond its limit is refused", async () => {
    const view = await trader(8_000).until("its order has ended", (now) => now.done);
    expect(view.filled === 0 && view.codes.includes(201), JSON.stringify(view));
  });
  await check("its secret is shown only once", async () => {
    await maya.goto("/credentials");
    await page.getByRole("link", { name: "momentum-bot" }).click();
    await page.getByRole("heading", { name: "What it may do" }).waitFor();
    expect(!(await page.content()).includes(secret), "the secret is on the page");
  });
  await check("its page tells what it used today", async () => {
    const text = await maya.text();
    expect(/value a day/.test(text) && text.includes("50,000 USD"), text);
  });
  await check("suspended from the portal, its running program is cut off; resumed, it trades", async () => {
    await page.getByRole("button", { name: "Suspend" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await until("its program is cut off", () => running.cut !== null);
    const here = new URL(page.url()).pathname;
    await page.getByRole("button", { name: "Resume" }).click();
    const words = await maya.approve(here);
    expect(words.includes("it may trade again") && words.includes("value a day: 50,000 USD"), words);
    await page.getByRole("button", { name: "Suspend" }).waitFor();
    await trader(1_600).until("its order is filled", (now) => now.status === "Filled");
  });
  await check("a resting order of it is cancelled from the portal", async () => {
    const resting = trader(1_000, { part: 0.98 });
    await resting.until("its order rests", (now) => ["Submitted", "PreSubmitted"].includes(now.status));
    await maya.goto("/orders");
    await page.locator("#open").getByRole("button", { name: /^Cancel/ }).first().click();
    await resting.until("its order has ended", (now) => now.done && now.filled === 0);
  });
  await check("the activity tells the refusal, with its reason and what to do", async () => {
    await maya.goto("/activity");
    const text = await maya.text();
    expect(text.includes("momentum-bot") && text.includes("order_value"), text.slice(0, 1_500));
  });
  await check("revoked, its program is turned away for good", async () => {
    await maya.goto("/credentials");
    await page.getByRole("link", { name: "momentum-bot" }).click();
    await page.getByRole("button", { name: "Revoke, for good" }).click();
    await page.getByText("revoked").first().waitFor();
    same(await page.getByRole("button", { name: "Resume" }).count(), 0, "ways back");
  });
});
