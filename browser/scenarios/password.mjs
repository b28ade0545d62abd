// Password and one-time code: added in the portal, sign in together and only together; whoever guesses is slowed down.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { code } from "../totp.mjs";
import { SESSION } from "../visitor.mjs";
import { until } from "../wait.mjs";
import { ask } from "../wire.mjs";

const PASSWORD = "correct-horse-92 battery staple";
const FREE = 5;

await scenario(async ({ gate, check, must, owner, visitor, canaries }) => {
  const maya = await owner();
  const button = (one, name) => one.page.getByRole("button", { name });
  const refusedWith = async (password, why) => {
    await maya.page.fill("input[name=password]", password);
    await maya.page.fill("input[name=again]", password);
    await button(maya, "Add a password").click();
    await maya.page.getByRole("alert").filter({ hasText: "Refused." }).waitFor();
    expect((await maya.page.getByRole("alert").first().innerText()).includes(why), await maya.page.getByRole("alert").first().innerText());
  };

  await maya.goto("/authenticators");
  await check("a password that is short, known, or holds the name is refused with the reason", async () => {
    await refusedWith("short", "password_");
    await refusedWith("passwordpassword", "password_");
    await refusedWith(`${maya.name} is my name`, "password_");
  });
  await must("a password is added", async () => {
    canaries.plant("the password", PASSWORD);
    await maya.goto("/authenticators");
    await maya.page.fill("input[name=password]", PASSWORD);
    await maya.page.fill("input[name=again]", PASSWORD);
    await button(maya, "Add a password").click();
    await maya.page.locator("#have", { hasText: "Password" }).waitFor();
  });
  let secret;
  await must("an authenticator app is added by a code that it shows", async () => {
    await button(maya, "Add an app").click();
    secret = canaries.plant("the app's secret", (await maya.page.locator("p.secret").innerText()).replace(/\s/g, ""));
    // The one before, which is taken until this step ends: near its end the next step is waited for.
    await until("a step has begun", () => Date.now() % 30_000 < 20_000, 45_000);
    await maya.page.fill("input[name=code]", code(secret, -1));
    await button(maya, "Confirm").click();
    await maya.page.locator("#have", { hasText: "One-time codes" }).waitFor();
  });
  await check("its secret is shown once", async () => {
    expect(!(await maya.page.content()).includes(secret), "the secret is still on the page");
  });

  const enter = async (one, name, password, digits) => {
    await one.page.fill("input[name=name]", name);
    await one.page.fill("input[name=password]", password);
    await one.page.fill("input[name=code]", digits);
    await button(one, "Sign in with password").click();
  };
  const other = await visitor();
  const entered = code(secret, 0);
  await must("on another browser both together sign in, and the device waits to be confirmed", async () => {
    await other.goto("/sign-in");
    await enter(other, maya.name.toUpperCase(), PASSWORD, entered);
    await other.arrived("/device");
    await canaries.cookiesOf(other);
  });
  await check("a session of a password begins without the move window", async () => {
    await maya.goto("/devices");
    await maya.page.getByRole("link", { name: /^Answer/ }).first().click();
    await maya.page.getByRole("button", { name: "Confirm with a passkey" }).click();
    await maya.arrived("/devices");
    await other.goto("/");
    const text = await other.page.locator("#capability").innerText();
    expect(!text.includes("Move"), text);
  });
  await check("a code that was used is not taken again", async () => {
    const fields = { name: maya.name, password: PASSWORD, code: entered };
    same((await ask(gate, "POST", "/sign-in/password", { fields })).status, 401, "status");
  });
  const told = new Map();
  const attempt = async (what, fields) => {
    const answer = await ask(gate, "POST", "/sign-in/password", { fields });
    same(answer.status, 401, `status of ${what}`);
    // A new visit begins with the page that is shown again, and nothing else does.
    const cookies = (answer.headers["set-cookie"] ?? []).map((one) => one.replace(/=[^;]*/, "="));
    same(cookies.join(), "__Host-portreeve-visit=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=600", `cookies of ${what}`);
    const plain = answer.text.replace(/nonce="[^"]*"|name="ceremony" value="[^"]*"|&quot;challenge&quot;:&quot;[^&]*&quot;/g, "");
    told.set(what, plain);
  };
  await check("a wrong password, a wrong code, and a name that nobody has, are refused in the same bytes", async () => {
    await attempt("a wrong password", { name: maya.name, password: `${PASSWORD}!`, code: "000000" });
    await attempt("an unknown name", { name: "Nobody Here", password: PASSWORD, code: "000000" });
    same(new Set(told.values()).size, 1, "different answers");
  });
  await check("whoever goes on guessing is told to come back later, known name or not", async () => {
    for (const name of [maya.name, "Nobody Here"]) {
      let answer;
      for (let n = 0; n <= FREE; n += 1) {
        const fields = { name: n % 2 ? ` ${name.toUpperCase()}` : name, password: "wrong wrong wrong wrong", code: "000000" };
        answer = await ask(gate, "POST", "/sign-in/password", { fields });
        if (answer.status === 429) break;
      }
      same(answer.status, 429, "status");
      expect(Number(answer.headers["retry-after"]) > 0, `Retry-After: ${answer.headers["retry-after"]}`);
    }
  });
  await check("while passwords wait, the passkey signs in at once", async () => {
    await maya.goto("/");
    await maya.present(false);
    await maya.signOut();
    await maya.signIn("/");
    await canaries.cookiesOf(maya);
    expect(await maya.cookie(SESSION), "no session");
  });
  await check("recovery codes are shown once, ten of them", async () => {
    await maya.goto("/authenticators");
    await button(maya, "Make recovery codes").click();
    const codes = await maya.page.locator("ol.codes li").allInnerTexts();
    same(new Set(codes).size, 10, "codes");
    codes.forEach((one) => canaries.plant("a recovery code", one));
    await maya.goto("/authenticators");
    expect(!(await maya.page.content()).includes(codes[0]), "a code is still on the page");
  });
  await check("a recovery code confirms a new device", async () => {
    const [recovery] = [...canaries.planted].find(([, what]) => what === "a recovery code");
    const third = await visitor();
    await third.passkeysOf(maya);
    await third.signIn("/device");
    await third.page.fill("input[name=code]", recovery);
    await third.page.getByRole("button", { name: "Confirm with the code" }).click();
    await third.arrived("/");
  });
  await check("another passkey is added under a name of its own", async () => {
    await maya.goto("/authenticators");
    await maya.page.fill("input[name=name]", canaries.plant("what a passkey is called", "Key in the drawer of Canary 4471"));
    await maya.another();
    await button(maya, "Add a passkey").click();
    await maya.page.locator("#have", { hasText: "Key in the drawer of Canary 4471" }).waitFor();
  });
});
