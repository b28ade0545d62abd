// Codes by SMS: a number is added and confirmed, signs in from a known browser to look only, and each use is told.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";
import { until } from "../wait.mjs";
import { ask } from "../wire.mjs";

const PASSWORD = "seven quiet herons at dusk";
const NUMBER = "+4916055504478";

await scenario(async ({ gate, check, must, owner, visitor, canaries }) => {
  const maya = await owner();
  const button = (one, name) => one.page.getByRole("button", { name });
  const texts = () => {
    try {
      return readFileSync(join(gate.home, "texts"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  };
  const code = async (n) => {
    const text = await until("a text comes", () => texts()[n]);
    same(text.to, NUMBER, "the number that was given to the program");
    // With what stands behind it: six digits alone stand somewhere by chance.
    canaries.plant(`the code of text ${n}`, text.text.slice(0, 20));
    return text.text.slice(0, 6);
  };
  const enter = async (one, password) => {
    await one.goto("/sign-in/sms");
    await one.page.fill("input[name=name]", maya.name);
    await one.page.fill("input[name=password]", password);
    await button(one, "Send me a code").click();
    await one.page.getByRole("heading", { name: "Type the code" }).waitFor();
  };

  await must("a password is added", async () => {
    canaries.plant("the password", PASSWORD);
    await maya.goto("/authenticators");
    await maya.page.fill("input[name=password]", PASSWORD);
    await maya.page.fill("input[name=again]", PASSWORD);
    await button(maya, "Add a password").click();
    await maya.page.locator("#have", { hasText: "Password" }).waitFor();
  });
  await must("a number is added by the code that was sent to it, and shown by its end only", async () => {
    canaries.plant("the phone number", NUMBER);
    canaries.plant("the digits of the number", NUMBER.slice(1));
    await maya.page.fill("input[name=number]", "+49 160 555-04478");
    await shots(gate, maya, "authenticators-sms");
    await button(maya, "Send a code to it").click();
    await maya.page.getByRole("heading", { name: "Add a phone number" }).waitFor();
    await shots(gate, maya, "authenticators-sms-code");
    await maya.page.fill("input[name=code]", await code(0));
    await button(maya, "Confirm").click();
    await maya.page.locator("#have", { hasText: "Codes by SMS" }).waitFor();
    const page = await maya.page.content();
    expect(page.includes("ends in 78") && !page.includes("5550447"), "the number is shown");
    await shots(gate, maya, "authenticators-sms-added");
  });
  await check("the security home says that SMS is on, and restricted", async () => {
    await maya.goto("/");
    expect((await maya.text()).includes("SMS is on: restricted"), await maya.text());
  });
  await must("name, password and the code sign in on this browser, which was confirmed", async () => {
    await maya.present(false);
    await maya.signOut();
    await shots(gate, maya, "sign-in-sms-offered");
    await enter(maya, PASSWORD);
    await shots(gate, maya, "sign-in-sms-code");
    await maya.page.fill("input[name=code]", await code(1));
    await button(maya, "Sign in").click();
    await maya.arrived("/");
    await canaries.cookiesOf(maya);
  });
  await check("the session may look and no further", async () => {
    const text = await maya.page.locator("#capability").innerText();
    expect(!/trade until|move until/i.test(text), text);
    await maya.goto("/authenticators");
    expect((await maya.text()).includes("Changes are locked"), "authenticators may be changed");
  });
  await check("its use stands in the feed at once", async () => {
    await maya.goto("/");
    expect((await maya.text()).includes("a code by SMS was used to sign in"), await maya.text());
    await shots(gate, maya, "home-sms");
  });
  await check("on another browser the page is the same and no text is sent", async () => {
    const other = await visitor();
    const before = texts().length;
    await enter(other, PASSWORD);
    const right = await other.text();
    await enter(other, `${PASSWORD}!`);
    same(await other.text(), right, "the page");
    await other.page.fill("input[name=code]", "000000");
    await button(other, "Sign in").click();
    await other.page.getByRole("alert").waitFor();
    same(texts().length, before, "texts");
  });
  await check("name and password that are right, wrong or unknown get the same bytes", async () => {
    const told = new Set();
    for (const fields of [
      { name: maya.name, password: PASSWORD },
      { name: "Nobody Here", password: PASSWORD },
    ]) {
      const answer = await ask(gate, "POST", "/sign-in/sms", { fields });
      same(answer.status, 200, "status");
      told.add(answer.text.replace(/nonce="[^"]*"|name="ceremony" value="[^"]*"/g, ""));
    }
    same(told.size, 1, "different answers");
  });
});
