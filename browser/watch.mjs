// What is true of every page that any visitor opens: its weight, where its requests go, that nothing in it is blocked.

import { expect } from "./report.mjs";

const MOST_BYTES = 100 * 1024;
const HEAVY = new Set(["document", "stylesheet", "script"]);

export class Watch {
  weights = new Map();
  strangers = [];
  complaints = [];
  asides = [];

  constructor(gate) {
    this.gate = gate;
  }

  follow(visitor, page) {
    page.on("request", (request) => {
      const url = request.url();
      const own = url.startsWith(`${this.gate.origin}/`) || visitor.abroad?.some((other) => url.startsWith(other));
      if (!own && !url.startsWith("data:") && url !== "about:blank") this.strangers.push(url);
    });
    page.on("response", (response) => this.asides.push(this.weigh(page, response).catch(() => {})));
    page.on("pageerror", (error) => this.complaints.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      // A refused page is also told in the console, and what this browser cannot do: its remarks, not the page's fault.
      const remark = ["Failed to load resource", "Chrome currently does not support the Push API"].some((words) => message.text().startsWith(words));
      if (message.type() === "error" && !remark && !visitor.abroad) {
        this.complaints.push(`${page.url()}: ${message.text()}`);
      }
    });
  }

  async weigh(page, response) {
    const kind = response.request().resourceType();
    if (!HEAVY.has(kind) || !response.url().startsWith(this.gate.origin)) return;
    const redirected = response.status() >= 300 && response.status() < 400;
    if (redirected) return;
    const of = new URL(kind === "document" ? response.url() : page.url()).pathname;
    const parts = this.weights.get(of) ?? new Map();
    this.weights.set(of, parts);
    parts.set(kind === "document" ? "document" : response.url(), (await response.body()).length);
  }

  async checks(check) {
    await Promise.all(this.asides);
    await check("no page asks anyone but the portal", () => {
      expect(this.strangers.length === 0, [...new Set(this.strangers)].join(", "));
    });
    await check("every page weighs less than 100 KB", () => {
      const sum = (parts) => [...parts.values()].reduce((all, one) => all + one, 0);
      const heavy = [...this.weights].map(([path, parts]) => [path, sum(parts)]).filter(([, bytes]) => bytes >= MOST_BYTES);
      expect(this.weights.size > 0, "no page was weighed");
      expect(heavy.length === 0, heavy.map(([path, bytes]) => `${path}: ${bytes} bytes`).join(", "));
    });
    await check("no page has a script error or something its policy blocks", () => {
      expect(this.complaints.length === 0, this.complaints.slice(0, 3).join("; "));
    });
  }
}
