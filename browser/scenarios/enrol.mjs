// Enrolment: the printed link lets the first owner in, once; nothing else does.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { DEVICE, SESSION } from "../visitor.mjs";
import { ask } from "../wire.mjs";

await scenario(async ({ gate, check, visitor, owner, canaries }) => {
  const link = await gate.link();
  const path = new URL(link).pathname;
  const maya = await owner();

  await check("after enrolment the last step is recovery codes, and what skipping them costs is told", async () => {
    for (const word of ["Last step: recovery codes", "What skipping costs", "locks you out"]) {
      expect((await maya.text()).includes(word), `no ${word} in ${await maya.text()}`);
    }
  });
  await check("skipped, the security home asks for them; made, they are shown once and home is quiet", async () => {
    await maya.page.getByRole("link", { name: "Skip this" }).click();
    await maya.page.getByText("there are no recovery codes").first().waitFor();
    await maya.goto("/enrolled");
    await maya.page.getByRole("button", { name: "Show my recovery codes" }).click();
    const codes = await maya.page.locator("ol.codes li").allInnerTexts();
    same(new Set(codes).size, 10, "codes");
    codes.forEach((one) => canaries.plant("a recovery code", one));
    await maya.page.getByRole("link", { name: "I have kept them" }).click();
    await maya.arrived("/");
    expect(!(await maya.text()).includes("there are no recovery codes"), "home still asks for them");
  });
  await check("enrolling signs in", async () => {
    await maya.goto("/");
    same(maya.at(), "/", "the page");
    expect((await maya.text()).includes(maya.name), "the name is on the page");
  });
  await check("the passkey is bound to the portal's own name", async () => {
    const [passkey, ...more] = await maya.passkeys();
    same(more.length, 0, "further passkeys");
    same(passkey.rpId, "localhost", "bound to");
    expect(passkey.isResidentCredential, "it can be offered without a name");
  });
  await check("a link that was used is refused with 410", async () => {
    const other = await visitor();
    same((await other.page.goto(link)).status(), 410, "status");
    expect((await other.text()).includes("portreeve owner enrol"), "what to do is told");
    same(await other.cookie(SESSION), undefined, "a session");
  });
  await check("a form sent to a used link is refused with 410", async () => {
    const fields = { name: "Mallory", ceremony: "x", response: "{}" };
    same((await ask(gate, "POST", path, { fields })).status, 410, "status");
  });
  for (const [what, garbage] of [
    ["a link of the right length", path.replace(/[^/]+$/, (token) => "A".repeat(token.length))],
    ["a link of garbage", "/enrol/%00..%2f%c3%a9%22%3cb%3e"],
    ["a long link", `/enrol/${"a".repeat(5000)}`],
  ]) {
    await check(`${what} that was never offered is refused with 410`, async () => {
      same((await ask(gate, "GET", garbage)).status, 410, "status");
    });
  }
  await check("no second link is offered once there is an owner", async () => {
    const { code, out, err } = await gate.tell("owner", "enrol", "--json");
    same(code, 3, `exit code (${out}${err})`);
  });
  await check("both cookies are kept for this host alone, out of reach of scripts", async () => {
    for (const name of [SESSION, DEVICE]) {
      const cookie = await maya.cookie(name);
      expect(cookie?.secure && cookie.httpOnly, `${name}: ${JSON.stringify(cookie)}`);
      same(cookie.sameSite, "Strict", `SameSite of ${name}`);
      same(cookie.path, "/", `path of ${name}`);
    }
    same(await maya.page.evaluate(() => document.cookie), "", "what a script reads");
  });
});
