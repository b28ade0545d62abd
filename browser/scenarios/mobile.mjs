// Mobile: a phone is paired by the link, answers for a real trading program, stops everything, locks, and is wiped.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { screen, shots } from "../shots.mjs";
import { MOBILE, SESSION } from "../visitor.mjs";
import { until } from "../wait.mjs";

const HELD_MS = 900;

// Pressed for so long, as a thumb does.
async function press(page, button, ms) {
  await button.scrollIntoViewIfNeeded();
  const box = await button.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.waitForTimeout(ms);
  await page.mouse.up();
}

// Everything that the browser keeps for this address: by name, and its text.
const kept = (page) =>
  page.evaluate(async () => {
    const all = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const answer = await cache.match(request);
        all.push({ path: new URL(request.url).pathname, text: await answer.text() });
      }
    }
    return { all, storage: localStorage.length + sessionStorage.length, databases: (await indexedDB.databases()).length };
  });

await scenario(async ({ gate, check, must, owner, hand, canaries, bot: program }) => {
  const maya = await owner();
  const phone = await hand();
  let programs = 0;
  const large = () => program(14_000 + 800 * (programs += 1));
  const tap = (name) => phone.page.getByRole("button", { name, exact: true }).tap();
  const open = async () => {
    await phone.page.locator("#waiting").getByRole("link", { name: /AAPL/ }).first().tap();
    await phone.page.getByRole("heading", { name: "Exactly this will happen" }).waitFor();
  };
  // A program whose order is held, on the page of its approval.
  const hold = async () => {
    const bot = large();
    await bot.held();
    await open();
    return bot;
  };

  let link;
  await must("the desk shows a link, as a picture and to read", async () => {
    await maya.goto("/devices");
    await maya.page.getByRole("link", { name: "Pair a phone" }).click();
    await maya.page.getByRole("button", { name: "Show the link" }).click();
    link = await maya.page.locator(".secret").innerText();
    expect(link.startsWith(`${gate.origin}/m/pair#`), "another address");
    canaries.plant("the code of the link", link.split("#")[1]);
    expect(await maya.page.locator(".qr svg path").isVisible(), "no picture");
    await shots(gate, maya, "mobile-pair");
  });
  await must("opened on the phone, the code leaves the address, and a passkey is made", async () => {
    await phone.page.goto(link);
    await phone.page.getByRole("button", { name: "Make a passkey here" }).waitFor();
    expect(!phone.page.url().includes("#"), phone.page.url());
    await screen(gate, phone, "mobile-pair");
    await tap("Make a passkey here");
    await phone.arrived("/m/");
    canaries.plant(`the secret in ${MOBILE}`, (await phone.cookie(MOBILE)).value.split(".").at(-1));
  });
  await check("the desk sees which phone it was, without being loaded again", async () => {
    await maya.page.getByRole("heading", { name: "Paired: Chrome on Android" }).waitFor();
    expect(await maya.page.getByRole("button", { name: "This was not me" }).isVisible(), "nothing to say");
    await shots(gate, maya, "mobile-paired");
  });
  await check("the link pairs no second phone", async () => {
    const other = await hand();
    await other.page.goto(link);
    await other.page.getByText("pairing_void").waitFor();
    await screen(gate, other, "mobile-void");
    await other.context.close();
  });
  await check("the phone's cookie is its own, and there is no portal's", async () => {
    const cookie = await phone.cookie(MOBILE);
    expect(cookie.secure && cookie.httpOnly && cookie.sameSite === "Strict" && cookie.path === "/", JSON.stringify({ ...cookie, value: "" }));
    same(await phone.cookie(SESSION), undefined, "the portal's");
    await phone.goto("/m/settings");
    await phone.page.getByRole("heading", { name: "This phone" }).waitFor();
    await screen(gate, phone, "mobile-settings");
  });
  await check("the first screen is live, and empty", async () => {
    await phone.goto("/m/");
    await phone.live();
    await screen(gate, phone, "mobile-empty");
  });

  let bot;
  await must("an order that is held appears on it by itself, with who asks, what, its value and the time left", async () => {
    bot = large();
    await bot.held();
    await phone.page.locator("#waiting").getByRole("link", { name: /AAPL/ }).waitFor();
    await until("the time left is counted", async () => /\d:\d\d left/.test(await phone.page.locator("#waiting .left").innerText()));
    const text = await phone.page.locator("#waiting").innerText();
    for (const word of ["Buy", "AAPL", "USD", "demo"]) expect(text.includes(word), `no ${word} in ${text}`);
    await screen(gate, phone, "mobile-waiting");
  });
  await must("signed on the phone with its passkey, it is done: the program sees its fill", async () => {
    await open();
    await screen(gate, phone, "mobile-approval");
    await tap("Approve with a passkey");
    const view = await bot.until("its order is filled", (now) => now.status === "Filled");
    expect(view.remaining === 0 && view.filled > 0, JSON.stringify(view));
    await phone.page.locator("#answer", { hasText: "approved" }).waitFor();
    await screen(gate, phone, "mobile-approved");
  });
  await check("refused by a tap, the order ends and the program is told", async () => {
    await phone.goto("/m/");
    const other = await hold();
    await tap("Refuse");
    const view = await other.until("its order has ended", (now) => now.done);
    same(view.filled, 0, "filled");
    await phone.arrived("/m/");
  });
  await check("a change of the order voids the page on which it was read", async () => {
    const other = await hold();
    const before = phone.page.url();
    other.changes(0.999);
    await phone.page.locator("#answer", { hasText: /void/ }).waitFor().catch(async (why) => {
      const live = await phone.text();
      await phone.goto(new URL(before).pathname);
      throw new Error(`${why} The program: ${JSON.stringify(other.now())} Read again: ${await phone.text()} The page: ${live}`);
    });
    await phone.goto("/m/");
    await open();
    expect(phone.page.url() !== before, "the same approval");
    await tap("Refuse");
    await other.until("its order has ended", (now) => now.done);
  });
  await check("positions and alerts tell what came of it", async () => {
    await phone.page.getByRole("link", { name: "Positions" }).tap();
    await phone.page.getByRole("heading", { name: "Fills and ends of today" }).waitFor();
    expect((await phone.text()).includes("AAPL/USD"), "no position");
    await screen(gate, phone, "mobile-positions");
    await phone.page.getByRole("link", { name: "Alerts" }).tap();
    await phone.page.getByRole("heading", { name: "Alerts" }).waitFor();
    await screen(gate, phone, "mobile-alerts");
  });

  await check("a short tap stops nothing, and says what to do", async () => {
    await phone.goto("/m/");
    await press(phone.page, phone.page.getByRole("button", { name: /stop everything/ }), 80);
    await phone.page.getByText("tap once more now").waitFor();
    expect(await phone.page.locator("#kills").isHidden(), "it is engaged");
    await phone.page.waitForTimeout(3_200);
  });
  await must("held with one thumb, everything stops, and the program's next order is refused", async () => {
    const resting = program(2_000, { part: 0.97 });
    await resting.until("it rests", (now) => now.status === "Submitted");
    await press(phone.page, phone.page.getByRole("button", { name: /stop everything/ }), HELD_MS);
    await phone.page.locator("#kills", { hasText: "everything" }).waitFor();
    await screen(gate, phone, "mobile-stopped");
    await resting.until("its order is cancelled", (now) => now.done && now.filled === 0);
    const next = program(2_000);
    await next.until("its next order is refused", (now) => now.done && now.filled === 0);
  });

  await check("the worker keeps the shell, and no page and no data", async () => {
    await until("it is at work", () => phone.page.evaluate(() => Boolean(navigator.serviceWorker.controller)));
    for (const path of ["/m/positions", "/m/alerts", "/m/settings", "/m/"]) await phone.goto(path);
    const { all, storage, databases } = await kept(phone.page);
    expect(all.length > 3, "nothing is kept");
    for (const { path, text } of all) {
      expect(path.startsWith("/assets/") || path === "/m/offline", `${path} is kept`);
      for (const word of ["AAPL", "demo", maya.name, "DU"]) {
        expect(path.startsWith("/assets/") || !text.includes(word), `${path} holds ${word}`);
      }
    }
    same(`${storage} ${databases}`, "0 0", "what else is kept");
  });
  await check("offline it shows nothing but that", async () => {
    await phone.context.setOffline(true);
    await phone.page.getByText("This is what was last seen").waitFor();
    await phone.goto("/m/positions").catch(() => {});
    await phone.page.getByRole("heading", { name: "Offline" }).waitFor();
    expect(!(await phone.text()).includes("AAPL"), "a position is shown");
    await screen(gate, phone, "mobile-offline");
    await phone.context.setOffline(false);
    await phone.page.getByRole("link", { name: "Try again" }).tap();
    await phone.arrived("/m/");
  });
  await check("after five minutes without a touch it locks, and a passkey unlocks it", async () => {
    await phone.page.clock.install();
    await phone.goto("/m/positions");
    await phone.present(false);
    await phone.page.clock.fastForward("05:01");
    await phone.arrived("/m/sign-in");
    expect(!(await phone.text()).includes("AAPL"), "something is left");
    await screen(gate, phone, "mobile-locked");
    await phone.present(true);
    await tap("Unlock with your passkey");
    await phone.arrived("/m/");
  });

  await must("unbound at the desk, it is wiped at its next contact and shows the receipt once", async () => {
    await maya.goto("/devices");
    await maya.page.getByRole("button", { name: /Unbind and wipe.*Chrome on Android/ }).click();
    await phone.page.getByRole("heading", { name: "This phone was wiped" }).waitFor();
    await screen(gate, phone, "mobile-wiped");
    const text = await phone.text();
    for (const word of ["Chrome on Android", "the owner"]) expect(text.includes(word), `no ${word} in ${text}`);
    await until("no worker is left", () => phone.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length === 0));
    const left = await kept(phone.page);
    same(left.all.length, 0, "what is kept");
    // A visit's says nothing of who, and is gone in ten minutes.
    const cookies = (await phone.context.cookies(gate.origin)).map((one) => one.name);
    same(cookies.filter((name) => !name.endsWith("-visit")).join(), "", "cookies");
    await phone.present(false);
    await phone.goto("/m/");
    await phone.arrived("/m/sign-in");
  });
  await check("its passkey lets it in no more", async () => {
    await phone.present(true);
    await tap("Unlock with your passkey");
    await phone.page.getByText("You could not be signed in").waitFor();
    await screen(gate, phone, "mobile-refused");
  });
});
