// A visitor: one browser profile with one page and an authenticator of its own, as a person at a device has them.

import { expect } from "./report.mjs";
import { until } from "./wait.mjs";

const WIDE = { width: 1280, height: 900 };
const AUTHENTICATOR = {
  protocol: "ctap2",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
  // Of the kind that a person's devices share.
  defaultBackupEligibility: true,
  defaultBackupState: true,
};
export const SESSION = "__Host-portreeve";
export const MOBILE = "__Host-portreeve-m";
// A phone in a hand.
export const HAND = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
  userAgent: "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
};
export const DEVICE = "__Host-portreeve-device";

export class Visitor {
  static async open(browser, gate, watch, screen = { viewport: WIDE }) {
    const context = await browser.newContext({ ...screen, colorScheme: "light" });
    context.setDefaultTimeout(30_000);
    const visitor = new Visitor(context, gate, watch);
    await visitor.turn(await context.newPage());
    return visitor;
  }

  constructor(context, gate, watch) {
    Object.assign(this, { context, gate, watch });
  }

  // From now on this visitor looks at that page; authenticators belong to a page.
  async turn(page) {
    this.page = page;
    this.watch.follow(this, page);
    this.cdp = await this.context.newCDPSession(page);
    await this.cdp.send("WebAuthn.enable");
    const made = await this.cdp.send("WebAuthn.addVirtualAuthenticator", { options: AUTHENTICATOR });
    this.authenticator = made.authenticatorId;
  }

  // A key in the drawer: a second authenticator, plugged in from now on.
  async another() {
    const options = { ...AUTHENTICATOR, transport: "usb", defaultBackupEligibility: false, defaultBackupState: false };
    await this.cdp.send("WebAuthn.addVirtualAuthenticator", { options });
  }

  async passkeys() {
    const held = await this.cdp.send("WebAuthn.getCredentials", { authenticatorId: this.authenticator });
    return held.credentials;
  }

  // A synced passkey: the same one on another device.
  async passkeysOf(other) {
    for (const credential of await other.passkeys()) {
      await this.cdp.send("WebAuthn.addCredential", { authenticatorId: this.authenticator, credential });
    }
  }

  async forgetPasskeys() {
    await this.cdp.send("WebAuthn.clearCredentials", { authenticatorId: this.authenticator });
  }

  // Whether the authenticator acts by itself: a browser offers a passkey before anything is clicked.
  async present(enabled) {
    const options = { authenticatorId: this.authenticator, enabled };
    await this.cdp.send("WebAuthn.setAutomaticPresenceSimulation", options);
  }

  goto(path) {
    return this.page.goto(new URL(path, this.gate.origin).href);
  }

  at() {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  // Waits until the page that is shown has this path.
  arrived(path) {
    const there = () => this.page.waitForURL((url) => url.pathname === path, { waitUntil: "load" });
    // Of two navigations at once one is aborted, and the other arrives.
    return there().catch((why) => (String(why).includes("ERR_ABORTED") ? there() : Promise.reject(why)));
  }

  text() {
    return this.page.locator("body").innerText();
  }

  async enrol(link, name) {
    const shown = await this.page.goto(link);
    expect(shown.status() === 200, `the link answers ${shown.status()}`);
    await this.page.fill("input[name=name]", name);
    await this.page.getByRole("button", { name: "Create a passkey" }).click();
    await this.arrived("/enrolled");
    this.name = name;
  }

  // A browser may have signed in by itself where it offers passkeys beside the name.
  async signIn(lands = "/", { shared = false } = {}) {
    await this.present(false);
    await this.goto("/sign-in");
    if (shared) await this.page.getByRole("checkbox", { name: /shared computer/ }).first().check();
    await this.present(true);
    const button = this.page.getByRole("button", { name: "Sign in with a passkey" });
    await Promise.race([this.arrived(lands), button.click().catch(() => {})]);
    await this.arrived(lands);
  }

  // The page it leads to would be answered by the passkey at once.
  async signOut() {
    await this.present(false);
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.arrived("/sign-in");
  }

  // Opens the trade or the move window.
  async stepUp(want = "trade") {
    await this.goto(`/step-up?want=${want}&next=/`);
    await this.page.locator(`input[name=want][value=${want}]`).check();
    await this.page.getByRole("button", { name: "Open the window with a passkey" }).click();
    await this.arrived("/");
  }

  // Signs what the page of an approval says, to the letter; gives the words.
  async approve(lands) {
    await this.page.getByRole("heading", { name: "Exactly this will happen" }).waitFor();
    const words = await this.page.locator(".signed").innerText();
    await this.page.getByRole("button", { name: "Approve with a passkey" }).click();
    await this.arrived(lands);
    return words;
  }

  // Shows the link of this desk, and opens it on that phone, which makes a passkey of its own.
  async pairs(phone) {
    await this.goto("/devices");
    await this.page.getByRole("link", { name: "Pair a phone" }).click();
    await this.page.getByRole("button", { name: "Show the link" }).click();
    await phone.page.goto(await this.page.locator(".secret").innerText());
    await phone.page.getByRole("button", { name: "Make a passkey here" }).tap();
    await phone.arrived("/m/");
  }

  async cookie(name) {
    const all = await this.context.cookies(this.gate.origin);
    return all.find((one) => one.name === name);
  }

  // The header that this browser would send.
  async cookies() {
    const all = await this.context.cookies(this.gate.origin);
    return all.map((one) => `${one.name}=${one.value}`).join("; ");
  }

  // When this visitor's page asks for the sign-in page: it was turned out.
  async turnedOut() {
    const is = (request) => request.isNavigationRequest() && new URL(request.url()).pathname === "/sign-in";
    const seen = this.page.waitForRequest(is, { timeout: 30_000 });
    return seen.then(() => performance.now());
  }

  // When the answer to a click on that button is asked for.
  async clicks(button, path) {
    const is = (request) => request.method() === "POST" && new URL(request.url()).pathname === path;
    const sent = this.page.waitForRequest(is).then(() => performance.now());
    await Promise.all([sent, button.click()]);
    return sent;
  }

  async live() {
    const sign = () => this.page.locator("#link-state").textContent();
    await until("the page is live", async () => (await sign()) === "Live");
  }
}
