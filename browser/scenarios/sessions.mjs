// Sessions: one is ended, all are ended; other browsers, their streams and, if chosen, programs are cut within a second.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { until } from "../wait.mjs";
import { ask, listen } from "../wire.mjs";

const SOON_MS = 1_000;

await scenario(async ({ gate, check, must, owner, visitor, canaries, bot }) => {
  const maya = await owner();
  const another = async () => {
    const one = await visitor();
    await one.passkeysOf(maya);
    await one.signIn("/device");
    await maya.goto("/devices");
    await maya.page.getByRole("link", { name: /^Answer/ }).first().click();
    await maya.page.getByRole("button", { name: "Confirm with a passkey" }).click();
    await maya.arrived("/devices");
    await one.goto("/");
    await one.arrived("/");
    await canaries.cookiesOf(one);
    return one;
  };
  const within = (from, to, what) => {
    const took = Math.round(to - from);
    expect(took <= SOON_MS, `${what} took ${took} ms`);
    return took;
  };
  const figures = [];
  // A browser with an open page, and a stream of the same session without a page.
  const opened = async (one) => {
    // Turned out, its passkey would sign it straight in again.
    await one.present(false);
    await one.goto("/");
    await one.live();
    const cookie = await one.cookies();
    return { one, cookie, stream: await listen(gate, cookie), out: one.turnedOut() };
  };

  let other;
  await must("another browser of the owner is let in", async () => (other = await another()));
  await check("the devices' page shows both sessions, and which is this one", async () => {
    await maya.goto("/devices");
    same(await maya.page.getByText("this session", { exact: true }).count(), 1, "this session");
    same(await maya.page.getByRole("button", { name: /^End it/ }).count(), 2, "sessions that can be ended");
  });
  await check("ended from here, the other browser's page and stream are cut within a second", async () => {
    const open = await opened(other);
    await maya.goto("/devices");
    const card = maya.page.locator("#devices article").filter({ hasNotText: "You are using it now." });
    const button = card.getByRole("button", { name: /^End it/ }).first();
    const path = new URL(await button.evaluate((one) => one.form.action)).pathname;
    const from = await maya.clicks(button, path);
    figures.push(`page ${within(from, await open.out, "turning the page out")} ms`);
    figures.push(`stream ${within(from, (await open.stream.ended).at, "ending the stream")} ms`);
    same((await ask(gate, "GET", "/", { cookie: open.cookie })).status, 303, "what its cookie opens");
    same(maya.at(), "/devices", "where the owner is");
  });
  await check("the browser that was ended signs in again without a confirmation: it is known", async () => {
    // Its own page is on its way there; two navigations at once interrupt each other.
    await other.arrived("/sign-in");
    await other.signIn("/");
    await canaries.cookiesOf(other);
  });

  const program = bot(2_000);
  await check("a program trades beside them", async () => {
    await program.until("its order is filled", (now) => now.status === "Filled");
  });
  await check("log out everywhere cuts every browser and stream within a second, and no program", async () => {
    await maya.present(false);
    const [theirs, own] = [await opened(other), { cookie: await maya.cookies(), stream: null }];
    await maya.goto("/devices");
    own.stream = await listen(gate, own.cookie);
    const from = await maya.clicks(maya.page.getByRole("button", { name: "Log out everywhere" }), "/sessions/end-all");
    figures.push(`everywhere: page ${within(from, await theirs.out, "turning the page out")} ms`);
    figures.push(`stream ${within(from, (await theirs.stream.ended).at, "ending the other's stream")} ms`);
    within(from, (await own.stream.ended).at, "ending the own stream");
    await maya.arrived("/sign-in");
    expect((await maya.text()).includes("logged out everywhere"), await maya.text());
    for (const { cookie } of [theirs, own]) {
      same((await ask(gate, "GET", "/", { cookie })).status, 303, "what a cookie of before opens");
    }
    same(program.cut, null, "the program is cut off");
  });
  await check("with the choice, a running program is cut within a second too", async () => {
    await maya.signIn("/");
    await canaries.cookiesOf(maya);
    await maya.goto("/devices");
    await maya.page.getByRole("checkbox", { name: /Suspend the API credentials too/ }).check();
    const from = await maya.clicks(maya.page.getByRole("button", { name: "Log out everywhere" }), "/sessions/end-all");
    await until("the program is cut off", () => program.cut !== null, 5_000);
    figures.push(`program ${within(from, program.cut, "cutting the program off")} ms`);
  });
  console.log(`     ${figures.join(", ")}`);
});
