// A new device: it sees nothing until a known one confirms it, by a signature or by a code typed on it.

import { expect, same } from "../report.mjs";
import { OPEN, filled, ofThePhone, routes } from "../routes.mjs";
import { scenario } from "../scenario.mjs";
import { DEVICE, SESSION } from "../visitor.mjs";
import { ask } from "../wire.mjs";

// What a device that waits may reach besides what everybody may.
const WAITING = new Set(["/device", "/sign-out"]);

await scenario(async ({ gate, check, must, owner, visitor, canaries }) => {
  const maya = await owner();
  const newcomer = async (options) => {
    const one = await visitor();
    await one.passkeysOf(maya);
    await one.signIn("/device", options);
    await canaries.cookiesOf(one);
    return one;
  };
  // The page on which the owner is asked about the device that waits.
  const asked = async () => {
    await maya.goto("/devices");
    await maya.page.getByRole("link", { name: /^Answer/ }).first().click();
    await maya.page.getByRole("heading", { name: "A new device wants in" }).waitFor();
  };
  const code = async () => {
    const text = (await maya.page.locator(".secret").innerText()).trim();
    return canaries.plant("a device's code", text);
  };
  const type = async (one, text) => {
    await one.page.fill("input[name=code]", text);
    await one.page.getByRole("button", { name: "Confirm with the code" }).click();
  };

  const phone = await newcomer();
  await check("a new device is told to wait, and what for", async () => {
    expect((await phone.text()).includes("Until it is confirmed it sees nothing"), await phone.text());
    expect(!(await phone.text()).includes(maya.name), "it sees the owner's name");
  });
  await check("while it waits no page, form or stream answers it", async () => {
    const cookie = await phone.cookies();
    for (const { path, methods } of routes(gate.root)) {
      if (OPEN.has(path) || WAITING.has(path)) continue;
      for (const method of methods) {
        const fields = method === "GET" ? undefined : {};
        const answer = await ask(gate, method, filled(path), { cookie, fields });
        const where = ofThePhone(path) ? "303 /m/sign-in" : "303 /device";
        same(`${answer.status} ${answer.headers.location}`, where, `${method} ${path}`);
      }
    }
  });
  await check("what is asked names the device, and what is signed to the letter", async () => {
    await asked();
    const text = await maya.text();
    for (const word of ["Chrome on Linux", "Your passkey signs:", "Confirm the device"]) {
      expect(text.includes(word), `no ${word} in ${text}`);
    }
  });
  await must("confirmed by the owner's signature, it is let in", async () => {
    await maya.page.getByRole("button", { name: "Confirm with a passkey" }).click();
    await maya.arrived("/devices");
    await phone.page.getByRole("link", { name: "Go on" }).click();
    await phone.arrived("/");
    expect((await phone.text()).includes(maya.name), "it is not signed in");
  });
  await check("a device of today may not move: the window of its step-up is locked, with the reason", async () => {
    expect(!(await phone.page.locator("#capability").innerText()).includes("Move"), "it may move");
    await phone.goto("/step-up");
    expect((await phone.text()).includes("this device is new"), await phone.text());
  });

  const laptop = await newcomer();
  await check("a wrong code is refused by its name and leaves the device waiting", async () => {
    await type(laptop, "0000-0000");
    await laptop.page.getByText("device_code_void").waitFor();
    same(laptop.at(), "/device", "the page");
  });
  await must("the code that the known device shows lets it in", async () => {
    await asked();
    await type(laptop, (await code()).toLowerCase());
    await laptop.arrived("/");
  });
  await check("the code is void once it was used", async () => {
    const used = [...canaries.planted.keys()].at(-1);
    const third = await newcomer();
    await type(third, used);
    await third.page.getByText("device_code_void").waitFor();
    await third.page.getByRole("button", { name: "Stop, and sign out" }).click();
    await third.arrived("/sign-in");
  });
  await check("five wrong codes end the attempt", async () => {
    const guesser = await newcomer();
    // The passkey would sign it straight in again.
    await guesser.present(false);
    for (let n = 0; n < 5; n += 1) {
      await type(guesser, `0000-000${n}`);
      await guesser.page.waitForLoadState("load");
    }
    await guesser.arrived("/sign-in");
    same(await guesser.cookie(SESSION), undefined, "a session");
  });
  await check("on a shared computer it is confirmed for the session, and nothing is remembered", async () => {
    const shared = await newcomer({ shared: true });
    same((await shared.cookie(SESSION)).expires, -1, "when the session's cookie ends");
    same(await shared.cookie(DEVICE), undefined, "the device's cookie");
    await asked();
    await type(shared, await code());
    await shared.arrived("/");
    await shared.present(false);
    await shared.signOut();
    await shared.signIn("/device");
    await shared.page.getByRole("button", { name: "Stop, and sign out" }).click();
    await shared.arrived("/sign-in");
  });
  await check("a browser whose cookies are cleared counts as new", async () => {
    await phone.page.goto("about:blank");
    await phone.context.clearCookies();
    await phone.signIn("/device");
    await canaries.cookiesOf(phone);
  });
  await check("`this was not me` ends the attempt, and takes the other sessions with it", async () => {
    const thief = await newcomer();
    await maya.goto("/devices");
    // The latest attempt is the thief's: the earlier ones were ended or are other devices of today.
    await maya.page.getByRole("link", { name: /^Answer/ }).first().click();
    // Its own passkey would sign it in again at once.
    await laptop.present(false);
    await maya.page.getByRole("button", { name: "This was not me" }).click();
    await maya.page.getByRole("heading", { name: "Incident: the owner" }).waitFor();
    expect(await maya.page.locator("#kills").isVisible(), "nothing is stopped");
    // Its page is open, and was told.
    await laptop.arrived("/sign-in");
    const gone = await Promise.all([thief, phone].map(async (one) => {
      await one.goto("/device");
      return new URL(one.page.url()).pathname;
    }));
    expect(gone.includes("/sign-in"), `the attempts are at ${gone}`);
  });
});
