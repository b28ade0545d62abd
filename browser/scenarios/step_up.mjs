// Step-up: a passkey shown again opens a window, for what was asked and no more.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { ask } from "../wire.mjs";

await scenario(async ({ gate, check, owner, visitor }) => {
  const maya = await owner();
  const capability = async () => (await maya.page.locator("#capability").innerText()).replace(/\s+/g, " ");

  const steps = async () => {
    const { out } = await gate.tell("journal", "tail", "--json");
    return out.split("session.stepped_up").length - 1;
  };

  await check("a window is opened with the passkey, and that is recorded", async () => {
    const before = await steps();
    await maya.stepUp("move");
    expect(/Move until \d\d:\d\d UTC/.test(await capability()), await capability());
    same(await steps(), before + 1, "records of it");
  });
  await check("it leads back to where it was asked", async () => {
    await maya.goto("/step-up?want=trade&next=/enrolled");
    await maya.page.getByRole("button", { name: "Open the window with a passkey" }).click();
    await maya.arrived("/enrolled");
  });
  await check("it leads to no other site", async () => {
    for (const next of ["https://evil.test/", "//evil.test/", "/\\evil.test"]) {
      await maya.goto(`/step-up?want=trade&next=${encodeURIComponent(next)}`);
      await maya.page.getByRole("button", { name: "Open the window with a passkey" }).click();
      await maya.arrived("/");
    }
  });
  await check("without the passkey nothing is opened", async () => {
    const poor = await visitor();
    await poor.context.addCookies(await maya.context.cookies());
    await poor.goto("/step-up");
    await poor.page.getByRole("button", { name: "Open the window with a passkey" }).click();
    await poor.page.locator(".passkey-said").filter({ hasText: "Nothing was done" }).waitFor();
    same(poor.at(), "/step-up", "the page");
  });
  await check("a ceremony of the sign-in page opens no window", async () => {
    const page = await ask(gate, "GET", "/sign-in");
    const ceremony = page.text.match(/name="ceremony" value="([^"]+)"/)[1];
    const cookie = await maya.cookies();
    const fields = { ceremony, response: "{}", want: "move", next: "/" };
    same((await ask(gate, "POST", "/step-up", { cookie, fields })).status, 401, "status");
  });
  await check("an answer that was sent once is not taken twice", async () => {
    await maya.goto("/step-up?want=trade&next=/");
    const sent = maya.page.waitForRequest((request) => request.method() === "POST");
    await maya.page.getByRole("button", { name: "Open the window with a passkey" }).click();
    const fields = Object.fromEntries(new URLSearchParams((await sent).postData()));
    await maya.arrived("/");
    const cookie = await maya.cookies();
    same((await ask(gate, "POST", "/step-up", { cookie, fields })).status, 401, "status");
  });
});
