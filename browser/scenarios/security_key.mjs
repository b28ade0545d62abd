// A security key that its owner enrolled with: alone, it grants what takes two approvers otherwise.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";

await scenario(async ({ gate, check, must, visitor, canaries, bot: program }) => {
  const maya = await visitor();
  const button = (name) => maya.page.getByRole("button", { name, exact: true });
  const file = join(gate.home, "alone.json");
  let id;

  await must("the first owner is enrolled with a key that cannot be copied", async () => {
    await maya.present(false);
    await maya.another();
    const link = await gate.link();
    canaries.plant("the enrolment link", link.split("/").at(-1));
    await maya.enrol(link, canaries.plant("the owner's name", `Maya Canary${randomBytes(6).toString("hex")}`));
    await canaries.cookiesOf(maya);
    same((await maya.passkeys()).length, 0, "passkeys of the browser's own");
  });
  await must("a limit of the program says above which value one approver is not enough", async () => {
    await maya.goto("/credentials");
    await maya.page.getByRole("link", { name: "demo", exact: true }).click();
    await maya.page.getByText("Change a limit").click();
    await maya.page.selectOption("select[name=control]", "top_above");
    await maya.page.fill("input[name=value]", "12,000");
    await button("Change the limit").click();
    await maya.page.getByText("12,000", { exact: false }).first().waitFor();
  });
  await check("an order above it says that this key alone is enough, and is filled once it signed", async () => {
    const bot = program(14_000);
    await bot.held();
    [{ id }] = await gate.ask("approval", "list");
    await maya.goto(`/approvals/${id}`);
    const text = await maya.text();
    for (const word of ["it takes two approvers, or a device-bound key", "Alone, with a security key: you"]) {
      expect(text.includes(word), `no ${word} in ${text}`);
    }
    await button("Approve with a passkey").click();
    const view = await bot.until("its order is filled", (now) => now.status === "Filled");
    expect(view.remaining === 0 && view.filled > 0, JSON.stringify(view));
  });
  await check("its file says so, and verifies offline by the one signature", async () => {
    await gate.ask("approval", "show", id, "--file", file);
    const told = await gate.ask("approval", "verify", file);
    expect(told.valid && !told.first, JSON.stringify(told));
  });
});
