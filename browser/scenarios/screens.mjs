// Screens: every page in both themes, on a desk and in a hand, and that none of them is wider than the screen.

import { expect } from "../report.mjs";
import { OPEN, routes } from "../routes.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";

// No page: the event stream.
const SPECIAL = new Set(["/live"]);

await scenario(async ({ gate, check, owner, visitor }) => {
  const maya = await owner();
  const guest = await visitor();
  const open = routes(gate.root).filter(({ path, methods }) => {
    return methods.includes("GET") && !path.includes("{") && !SPECIAL.has(path);
  });

  const named = (path) => (path === "/" ? "home" : path.slice(1).replaceAll("/", "-"));

  for (const { path } of open) {
    const one = OPEN.has(path) ? guest : maya;
    await check(`${path} is drawn in both themes and both sizes`, async () => {
      await one.goto(path);
      await shots(gate, one, named(path));
    });
  }
  await check("every link of the menu and of the foot leads to a page", async () => {
    await maya.goto("/");
    const links = maya.page.locator("nav.menu a, footer a, header a");
    const paths = new Set(await links.evaluateAll((all) => all.map((one) => one.pathname)));
    expect(paths.size > 10, `${[...paths]}`);
    for (const path of paths) {
      await maya.goto(path);
      // What is not built refuses by name; what does not exist has no name.
      expect(!(await maya.text()).includes("page_not_found"), `${path} does not exist`);
    }
  });
  await check("the page of a link that is closed is drawn", async () => {
    await guest.goto("/enrol/closed");
    await shots(gate, guest, "enrol-closed");
  });
  await check("a page that does not exist is drawn", async () => {
    await maya.goto("/nowhere");
    await shots(gate, maya, "nowhere");
  });
  await check("the kill switch's panel and banner are drawn", async () => {
    await maya.goto("/");
    await maya.page.getByRole("button", { name: /^Kill/ }).click();
    await shots(gate, maya, "kill-panel");
    await maya.page.getByRole("button", { name: "Engage, keep protective stops" }).click();
    await maya.page.locator("#kills", { hasText: "everything" }).waitFor();
    await maya.goto("/");
    await shots(gate, maya, "kill-banner");
  });
});
