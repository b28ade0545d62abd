// The kill switch: engaged from any page by one tap, told on every page, and a program's orders stop at once.

import { expect, same } from "../report.mjs";
import { OPEN, ofThePhone, routes } from "../routes.mjs";
import { scenario } from "../scenario.mjs";

await scenario(async ({ gate, check, must, owner }) => {
  const maya = await owner();
  const pages = routes(gate.root)
    .filter(({ path, methods }) => methods.includes("GET") && !path.includes("{") && !OPEN.has(path) && path !== "/live")
    .filter(({ path }) => !ofThePhone(path))
    .map(({ path }) => path);
  const shown = async (path) => {
    await maya.goto(path);
    return maya.page.locator("#kills").isVisible();
  };

  await check("every page has the button, and none a banner before it is engaged", async () => {
    expect(pages.length > 2, `${pages}`);
    for (const path of pages) {
      expect(!(await shown(path)), `a banner on ${path}`);
      expect(await maya.page.getByRole("button", { name: /^Kill/ }).isVisible(), `no button on ${path}`);
    }
  });
  await must("one tap on it and one on the choice engages it", async () => {
    await maya.goto("/step-up");
    await maya.page.getByRole("button", { name: /^Kill/ }).click();
    const engage = maya.page.getByRole("button", { name: "Engage, keep protective stops" });
    const answered = maya.page.waitForResponse((response) => response.url() === `${gate.origin}/kill`);
    await engage.click();
    same((await answered).status(), 303, "status");
    await maya.page.waitForLoadState("load");
  });
  await check("every page tells it, with who and since when", async () => {
    for (const path of pages) {
      expect(await shown(path), `no banner on ${path}`);
      const text = await maya.page.locator("#kills").innerText();
      expect(text.includes("Kill switch engaged: everything.") && text.includes("Since "), `${path}: ${text}`);
    }
  });
  await check("the command line tells it too", async () => {
    const status = JSON.stringify(await gate.ask("status"));
    expect(/kill/.test(status) && /customer/.test(status), status);
  });
  await check("a page that is open elsewhere tells it without being loaded again", async () => {
    const { out } = await gate.tell("kill", "--credential", "demo", "--json");
    expect(out.length > 0, "nothing was engaged");
    await maya.page.locator("#kills", { hasText: "1 more" }).waitFor();
  });
  await check("the command line cannot release it once there is an owner", async () => {
    const { code, out, err } = await gate.tell("release", "--credential", "demo", "--json");
    same(code, 3, `exit code (${out}${err})`);
    expect((out + err).includes("owner_must_sign"), out + err);
  });
});
