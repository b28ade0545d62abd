// Headers and cookies, one check a line of ASVS 5.0, chapter 3 (web frontend security).

import { expect, same } from "../report.mjs";
import { OPEN, filled, routes } from "../routes.mjs";
import { scenario } from "../scenario.mjs";
import { DEVICE, SESSION } from "../visitor.mjs";
import { ask } from "../wire.mjs";

await scenario(async ({ gate, check, owner }) => {
  const maya = await owner();
  const cookie = await maya.cookies();
  const list = routes(gate.root).filter(({ methods }) => methods.includes("GET"));
  const assets = (await ask(gate, "GET", "/sign-in")).text.match(/\/assets\/[\w.-]+/g);
  const pages = new Map();
  for (const path of [...list.map((one) => filled(one.path)), "/nowhere", ...assets]) {
    pages.set(path, await ask(gate, "GET", path, { cookie }));
  }
  // Not only pages that show something: refusals and redirects are answers too.
  pages.set("the wrong host", await ask(gate, "GET", "/", { headers: { host: "evil.test" } }));
  pages.set("another site's form", await ask(gate, "POST", "/kill", { fields: {}, headers: { origin: "null" } }));
  pages.set("no session", await ask(gate, "GET", "/"));

  const all = (name, body) =>
    check(name, () => {
      for (const [path, answer] of pages) body(answer.headers, path, answer);
    });
  const policy = (headers) =>
    Object.fromEntries(
      (headers["content-security-policy"] ?? "").split(";").map((part) => {
        const [name, ...values] = part.trim().split(/\s+/);
        return [name, values.join(" ")];
      }),
    );
  const header = (name, wanted) =>
    all(`${name} is ${wanted} on every answer`, (headers, path) => same(headers[name], wanted, path));

  await header("x-content-type-options", "nosniff");
  await header("x-frame-options", "DENY");
  await header("referrer-policy", "same-origin");
  await header("cross-origin-opener-policy", "same-origin");
  await header("cross-origin-resource-policy", "same-origin");
  await header("cross-origin-embedder-policy", "require-corp");
  for (const [directive, wanted] of Object.entries({
    "default-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "connect-src": "'self'",
    "object-src": undefined,
  })) {
    await all(`the policy's ${directive} is ${wanted ?? "left to default-src"} on every answer`, (headers, path) => {
      same(policy(headers)[directive], wanted, path);
    });
  }
  await all("the policy allows no inline script or style, no eval, and no host by name", (headers, path) => {
    const text = headers["content-security-policy"] ?? "";
    for (const loose of ["unsafe-inline", "unsafe-eval", "unsafe-hashes", "http", "*", "data:", "blob:"]) {
      expect(!text.includes(loose), `${path} allows ${loose}: ${text}`);
    }
  });
  await check("scripts and styles run by a nonce that no two answers share", () => {
    const nonces = [...pages.values()].map(({ headers }) => policy(headers)["script-src"]);
    for (const nonce of nonces) expect(/^'nonce-[0-9a-f]{32}'$/.test(nonce), nonce);
    same(new Set(nonces).size, nonces.length, "different nonces");
  });
  await check("no page holds a script, a style or a handler inline", () => {
    for (const [path, { text, headers }] of pages) {
      if (!String(headers["content-type"]).startsWith("text/html")) continue;
      expect(!/<script(?![^>]*\ssrc=)[^>]*>/.test(text), `${path} has an inline script`);
      expect(!/<style|\sstyle="|\son\w+="|javascript:/.test(text), `${path} has inline style or a handler`);
    }
  });
  await all("camera, microphone, place and payment are off on every answer", (headers, path) => {
    for (const one of ["camera=()", "microphone=()", "geolocation=()", "payment=()"]) {
      expect(headers["permissions-policy"]?.includes(one), `${path} allows ${one}`);
    }
  });
  await all("nothing but assets is kept by a cache", (headers, path) => {
    if (path.startsWith("/assets/") && path !== "/assets/x") expect(headers["cache-control"].includes("immutable"), path);
    else if (path !== "/assets/x") same(headers["cache-control"], "no-store", path);
  });
  await all("every answer with a body names its type and, of text, its letters", (headers, path, { text }) => {
    if (!text) return;
    const type = headers["content-type"] ?? "";
    expect(/charset=utf-8/i.test(type) || type === "image/svg+xml", `${path}: ${type}`);
  });
  await all("no answer says who may read it from elsewhere", (headers, path) => {
    same(headers["access-control-allow-origin"], undefined, path);
  });
  await all("no answer names its server's software", (headers, path) => {
    for (const name of ["server", "x-powered-by"]) same(headers[name], undefined, `${path}: ${name}`);
  });
  await check("plain http on loopback promises no HSTS", async () => {
    same(pages.get("/sign-in").headers["strict-transport-security"], undefined, "the header");
  });
  await check("signing out clears what the browser keeps", async () => {
    const answer = await ask(gate, "POST", "/sign-out", { cookie, fields: {} });
    same(answer.status, 303, "status");
    expect(answer.headers["clear-site-data"]?.includes('"cache"'), `${answer.headers["clear-site-data"]}`);
    const [cleared] = answer.headers["set-cookie"];
    expect(cleared.startsWith(`${SESSION}=;`) && cleared.includes("Max-Age=0"), cleared);
  });

  const fresh = await maya.context.cookies(gate.origin);
  for (const name of [SESSION, DEVICE]) {
    const one = fresh.find((each) => each.name === name);
    const line = (what, holds) => check(`${name} ${what}`, () => expect(holds(), JSON.stringify({ ...one, value: "" })));
    await line("has the __Host- prefix: this host, this path, no domain", () => one.path === "/" && one.domain === "localhost");
    await line("is Secure", () => one.secure);
    await line("is HttpOnly", () => one.httpOnly);
    await line("is SameSite=Strict", () => one.sameSite === "Strict");
    await line("holds 256 bits", () => Buffer.from(one.value.split(".")[2], "base64url").length === 32);
  }
  await check("the session's cookie ends with the browser", () => same(fresh.find((one) => one.name === SESSION).expires, -1, "expires"));
  await check("no route that is open sets a cookie before anyone has shown who they are", () => {
    for (const path of OPEN) {
      const set = pages.get(filled(path))?.headers["set-cookie"] ?? [];
      // By which a sign-in page knows its own form again: it says nothing of who, and lasts ten minutes.
      const visit = /^__Host-portreeve-visit=[\w-]{22}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=600$/;
      same(set.filter((one) => !path.endsWith("/sign-in") || !visit.test(one)).join(), "", path);
    }
  });
});
