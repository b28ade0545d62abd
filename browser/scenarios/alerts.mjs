// Alerts: what a real trading program does far from the usual is told, at the desk and on the phone, and answered there.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { screen, shots } from "../shots.mjs";
import { until } from "../wait.mjs";

// Above what an order of the demo may be worth: refused, and sent again as if nothing had been said.
const TOO_LARGE = 30_000;
const AGAIN = 14;

await scenario(async ({ gate, check, must, owner, hand, bot: program }) => {
  const maya = await owner();
  const phone = await hand();
  const insists = async () => {
    const bot = program(TOO_LARGE, { times: AGAIN });
    await bot.until("its orders are refused", (now) => now.done && now.filled === 0);
    return bot;
  };

  await must("before there is one, the page says what would stand there", async () => {
    await maya.goto("/alerts");
    await maya.page.getByText("There is none.").waitFor();
    await shots(gate, maya, "alerts-empty");
    await maya.pairs(phone);
    await phone.goto("/m/alerts");
    await phone.page.getByRole("heading", { name: "Told lately" }).waitFor();
    expect(await phone.page.locator("#open").isHidden(), "something waits");
    await screen(gate, phone, "alerts-phone-empty");
  });
  await must("a program that sends the very same order again and again is told: at home, and on the phone's first screen, by itself", async () => {
    await maya.goto("/");
    await maya.live();
    await phone.goto("/m/");
    await phone.live();
    await insists();
    await maya.page.getByText("an alert waits for your word").first().waitFor({ timeout: 30_000 });
    await phone.page.getByText("An alert waits for your word.").waitFor();
    await screen(gate, phone, "alerts-phone-first");
  });
  await check("it says whose doing it looks like, what was seen, how rare that is, and what was done", async () => {
    await maya.goto("/alerts");
    const text = await maya.page.locator("#alerts").innerText();
    for (const word of ["demo", "Many refusals within minutes", "The very same order, refused again", "about one time in", "What was done"]) {
      expect(text.includes(word), `no ${word} in ${text}`);
    }
    await shots(gate, maya, "alerts");
  });
  await check("a phone that was paired today says why it is not said there that it was you", async () => {
    await phone.page.getByRole("link", { name: "Was it you?" }).tap();
    await phone.page.getByRole("heading", { name: "Waiting for your word" }).waitFor();
    await screen(gate, phone, "alerts-phone");
    const text = await phone.page.locator("#open").innerText();
    for (const word of ["demo", "refused again", "What was done", "cannot be said here"]) expect(text.includes(word), `no ${word} in ${text}`);
    same(await phone.page.getByRole("button", { name: "This was me", exact: true }).count(), 0, "buttons");
  });
  await must("this was me, at the desk, by a passkey: it is closed, here and on the phone", async () => {
    await maya.stepUp("move");
    await maya.goto("/alerts");
    await maya.page.getByRole("button", { name: "This was me", exact: true }).click();
    await maya.page.getByRole("heading", { name: "Answered lately" }).waitFor();
    await phone.page.locator("#open").waitFor({ state: "hidden" });
    await shots(gate, maya, "alerts-answered");
  });
  await must("what is done once more is told once more", async () => {
    await insists();
    await phone.page.getByRole("heading", { name: "Waiting for your word" }).waitFor({ timeout: 30_000 });
  });
  await must("this was not me, on the phone, by one tap: the program is cut off, and suspended", async () => {
    const resting = program(2_000, { part: 0.97 });
    await resting.until("it rests", (now) => now.status === "Submitted");
    await phone.page.getByRole("button", { name: "This was not me", exact: true }).tap();
    await phone.page.getByRole("heading", { name: "Open incidents" }).waitFor();
    await screen(gate, phone, "alerts-phone-incident");
    await until("it is cut off", () => resting.cut !== null || resting.ended !== null);
    same(resting.now().filled, 0, "filled");
    const [demo] = (await gate.ask("credential", "list")).filter((one) => one.name === "demo");
    same(demo.state, "suspended", "the credential");
    await maya.goto("/alerts");
    await until("it is answered", async () => (await maya.page.getByText("not me", { exact: true }).count()) === 1);
  });
});
