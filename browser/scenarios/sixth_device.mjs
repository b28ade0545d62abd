// The sixth device: five are trusted, and whoever confirms one more says which it replaces.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";

const MOST = 5;

await scenario(async ({ gate, check, must, owner, visitor, canaries }) => {
  const maya = await owner();
  const newcomer = async () => {
    const one = await visitor();
    await one.passkeysOf(maya);
    await one.signIn("/device");
    await canaries.cookiesOf(one);
    return one;
  };
  const answer = async () => {
    await maya.goto("/devices");
    await maya.page.getByRole("link", { name: /^Answer/ }).first().click();
    await maya.page.getByRole("heading", { name: "A new device wants in" }).waitFor();
  };
  const confirm = async () => {
    await maya.page.getByRole("button", { name: "Confirm with a passkey" }).click();
    await maya.arrived("/devices");
  };
  const trusted = async () => (await maya.page.locator("#devices-title").innerText()).match(/(\d) of 5 trusted/)?.[1];
  const enters = async (one) => {
    await one.goto("/");
    return new URL(one.page.url()).pathname;
  };

  const others = [];
  await must("five devices are trusted, each after its own confirmation", async () => {
    for (let n = 1; n < MOST; n += 1) {
      const one = await newcomer();
      await answer();
      same(await maya.page.locator("input[name=replace]").count(), 0, "devices to replace");
      await confirm();
      same(await enters(one), "/", "where the new device is");
      // Nobody is there to take the passkey that the sign-in page would offer.
      await one.present(false);
      others.push(one);
    }
    same(await trusted(), String(MOST), "trusted devices");
  });
  const sixth = await newcomer();
  await must("of the sixth it is asked which it replaces: by whoever confirms it, and on itself after a code", async () => {
    await answer();
    same(await maya.page.locator("input[name=replace]").count(), MOST, "devices to choose from");
    same(await sixth.page.locator("input[name=replace]").count(), 0, "devices that it sees before any code");
    const code = canaries.plant("a device's code", (await maya.page.locator(".secret").innerText()).trim());
    await sixth.page.fill("input[name=code]", code);
    await sixth.page.getByRole("button", { name: "Confirm with the code" }).click();
    await sixth.page.getByText("Which one does it replace?").waitFor();
    same(await sixth.page.locator("input[name=replace]").count(), MOST, "devices to choose from, there");
    same(await sixth.page.locator("input[name=replace]:checked").count(), 0, "chosen beforehand");
    await shots(gate, sixth, "device-replace");
  });
  await check("the one that was chosen is out, and the sixth is in", async () => {
    // The last one: the owner's own is the oldest.
    await sixth.page.locator("input[name=replace]").last().check();
    await sixth.page.getByRole("button", { name: "Replace it, and confirm this device" }).click();
    await sixth.arrived("/");
    // Whoever is turned out is not signed straight in again by the passkey that the sign-in page offers.
    await sixth.present(false);
    await maya.goto("/devices");
    same(await trusted(), String(MOST), "trusted devices");
    same(await enters(sixth), "/", "where the sixth is");
    const places = [];
    for (const one of others) places.push(await enters(one));
    same(places.filter((place) => place === "/sign-in").length, 1, `devices that are out (${places})`);
  });
  await check("by a tap too the one that was chosen is out", async () => {
    const seventh = await newcomer();
    await answer();
    await maya.page.locator("input[name=replace]").last().check();
    await confirm();
    same(await trusted(), String(MOST), "trusted devices");
    same([await enters(seventh), await enters(sixth)].join(), "/,/sign-in", "where the seventh and the sixth are");
  });
  await check("a device that is unbound is out, and its browser forgets its cookie", async () => {
    await maya.goto("/devices");
    const card = maya.page.locator("#devices article").filter({ hasNotText: "You are using it now." });
    await card.getByRole("button", { name: /^Unbind and wipe/ }).first().click();
    await maya.arrived("/devices");
    same(await trusted(), String(MOST - 1), "trusted devices");
    expect((await maya.page.locator("#devices").innerText()).includes("revoked"), "it is not among the revoked");
  });
});
