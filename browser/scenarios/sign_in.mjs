// Sign-in: with a passkey, with none, and the way out, after which nothing is left to see.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { DEVICE, SESSION } from "../visitor.mjs";
import { ask } from "../wire.mjs";

await scenario(async ({ gate, check, must, owner, visitor, canaries }) => {
  const maya = await owner();
  const before = await maya.cookies();

  await check("signing out leads to the sign-in page and says so", async () => {
    await maya.goto("/");
    await maya.present(false);
    await maya.signOut();
    expect((await maya.text()).includes("You are signed out."), await maya.text());
  });
  await check("signing out clears the session's cookie and keeps the device's", async () => {
    same(await maya.cookie(SESSION), undefined, "the session's cookie");
    expect(await maya.cookie(DEVICE), "the device's cookie is gone");
  });
  await check("the cookie of a session that was signed out opens nothing", async () => {
    const answer = await ask(gate, "GET", "/", { cookie: before });
    same(answer.status, 303, "status");
    same(answer.headers.location, "/sign-in?reason=ended", "where to");
  });
  await check("the back button shows nothing after signing out", async () => {
    await maya.page.goBack({ waitUntil: "load" }).catch(() => {});
    await maya.arrived("/sign-in");
    expect(!(await maya.page.content()).includes(maya.name), "the owner's name is still on the page");
  });
  await must("a passkey signs in", async () => {
    await maya.signIn();
    expect((await maya.text()).includes(maya.name), "the name is on the page");
  });
  await canaries.cookiesOf(maya);
  await check("a known device is not asked for confirmation again", async () => same(maya.at(), "/", "the page"));
  await check("a browser that offers the passkey beside the name signs in by it", async () => {
    await maya.present(false);
    await maya.signOut();
    await maya.present(true);
    await maya.goto("/sign-in");
    await maya.arrived("/");
    await canaries.cookiesOf(maya);
  });
  await check("a passkey on the first device opens the widest window, and its end is told", async () => {
    const text = await maya.page.locator("#capability").innerText();
    expect(/Move\s+until \d\d:\d\d UTC/.test(text), text);
  });
  await check("a sign-in is told on the security home", async () => {
    expect(/sign(ed|-)[ -]?in/i.test(await maya.text()), "nothing is told of it");
  });

  const stranger = await visitor();
  await check("a browser without a passkey is told that nothing was done", async () => {
    await stranger.goto("/sign-in");
    await stranger.page.getByRole("button", { name: "Sign in with a passkey" }).click();
    const said = stranger.page.locator(".passkey-said");
    await said.filter({ hasText: "Nothing was done" }).waitFor();
    same(stranger.at(), "/sign-in", "the page");
    same(await stranger.cookie(SESSION), undefined, "a session");
  });
  await check("a passkey that nobody registered is refused, in the words of every other refusal", async () => {
    await stranger.passkeysOf(maya);
    const [known] = await stranger.passkeys();
    await stranger.forgetPasskeys();
    const credentialId = Buffer.alloc(32, 7).toString("base64");
    const credential = { ...known, credentialId };
    await stranger.cdp.send("WebAuthn.addCredential", { authenticatorId: stranger.authenticator, credential });
    const answered = stranger.page.waitForResponse((answer) => answer.url().endsWith("/sign-in/passkey"));
    await stranger.present(false);
    await stranger.goto("/sign-in");
    const sent = stranger.page.waitForRequest((request) => request.url().endsWith("/sign-in/passkey"));
    await stranger.present(true);
    await stranger.page.getByRole("button", { name: "Sign in with a passkey" }).click().catch(() => {});
    await sent;
    await stranger.present(false);
    same((await answered).status(), 401, "status");
    expect((await stranger.text()).includes("You are not signed in."), await stranger.text());
  });
  const told = [];
  for (const [what, fields] of Object.entries({
    "an unknown ceremony": { ceremony: "x", response: "{}" },
    "a response of garbage": { ceremony: "A".repeat(43), response: "\u0000<b>" },
  })) {
    await check(`${what} is refused with 401`, async () => {
      const answer = await ask(gate, "POST", "/sign-in/passkey", { fields });
      same(answer.status, 401, "status");
      told.push(answer.text.match(/You are not signed in\.[\s\S]*?<\/div>/)?.[0]);
    });
  }
  await check("whatever was wrong, the words are the same", () => {
    expect(told.length === 2 && told[0], "no words");
    same(told[0], told[1], "the words");
  });
  await check("a form with a field too many, one missing, or one twice is not understood", async () => {
    for (const fields of [
      { ceremony: "x", response: "{}", more: "1" },
      { ceremony: "x" },
      [["ceremony", "x"], ["ceremony", "x"], ["response", "{}"]],
    ]) {
      const { status } = await ask(gate, "POST", "/sign-in/passkey", { fields });
      expect(status === 400 || status === 422, `${JSON.stringify(fields)}: ${status}`);
    }
  });
  await check("a form too long is not read", async () => {
    const fields = { ceremony: "x", response: "a".repeat(100_000) };
    same((await ask(gate, "POST", "/sign-in/passkey", { fields })).status, 413, "status");
  });
});
