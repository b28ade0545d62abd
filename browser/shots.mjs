// Shots: a page in both themes, on a desk and in a hand, and that it is no wider than the screen.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "./report.mjs";

const SIZES = { desk: { width: 1280, height: 900 }, hand: { width: 390, height: 844 } };
const THEMES = ["light", "dark"];

export async function shots(gate, one, name) {
  mkdirSync(gate.out, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await one.page.setViewportSize(viewport);
    for (const colorScheme of THEMES) {
      await one.page.emulateMedia({ colorScheme });
      const path = join(gate.out, `${name}-${size}-${colorScheme}.png`);
      await one.page.screenshot({ path, fullPage: true, animations: "disabled" });
    }
    const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide <= 0, `${name} is ${wide} pixels wider than a screen of ${viewport.width}`);
  }
  await one.page.setViewportSize(SIZES.desk);
}

// What a phone's own screen shows in both themes, no more than fits on it.
export async function screen(gate, phone, name) {
  mkdirSync(gate.out, { recursive: true });
  for (const colorScheme of THEMES) {
    await phone.page.emulateMedia({ colorScheme });
    await phone.page.screenshot({ path: join(gate.out, `${name}-${colorScheme}.png`), animations: "disabled" });
  }
  await phone.page.emulateMedia({ colorScheme: "light" });
  const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide <= 0, `${name} is ${wide} pixels wider than the phone`);
}
