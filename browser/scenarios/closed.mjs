// Closed: no page, form or event stream answers without a session that lives, on its own cookie, from its own pages.

import { createServer } from "node:http";
import { expect, same } from "../report.mjs";
import { OPEN, filled, routes } from "../routes.mjs";
import { scenario } from "../scenario.mjs";
import { SESSION } from "../visitor.mjs";
import { ask } from "../wire.mjs";

const TOKEN = 43;

function turned(answer, what) {
  const away = answer.status === 303 && /^(\/m)?\/sign-in(\?|$)/.test(answer.headers.location ?? "");
  expect(away || answer.status === 403, `${what}: ${answer.status} ${answer.headers.location ?? ""}`);
  expect(answer.text.length < 200, `${what}: it tells ${answer.text.slice(0, 80)}`);
}

// One letter of it, so that its form stays right.
function altered(text, at) {
  const other = text[at] === "A" ? "B" : "A";
  return text.slice(0, at) + other + text.slice(at + 1);
}

await scenario(async ({ gate, check, owner, visitor }) => {
  const maya = await owner();
  const all = routes(gate.root);
  const inside = all.filter((route) => !OPEN.has(route.path));
  const own = await maya.cookies();
  const session = (await maya.cookie(SESSION)).value;
  const [customer, id, secret] = session.split(".");

  await check("the portal's own list of routes is read", () => {
    for (const path of ["/", "/sign-in", "/sign-out", "/live", "/kill", "/step-up", "/enrolled"]) {
      expect(all.some((route) => route.path === path), `${path} is not among ${all.map((one) => one.path)}`);
    }
  });
  await check("with its cookies the session is let in", async () => {
    same((await ask(gate, "GET", "/", { cookie: own })).status, 200, "status");
  });

  const cookies = {
    "no cookie": undefined,
    "a cookie with another secret": `${SESSION}=${customer}.${id}.${altered(secret, 7)}`,
    "a cookie of another customer": `${SESSION}=${altered(customer, customer.length - 1)}.${id}.${secret}`,
    "a cookie of another session": `${SESSION}=${customer}.${altered(id, id.length - 1)}.${secret}`,
    "the same cookie twice": `${SESSION}=${session}; ${SESSION}=${session}`,
    "a cookie of garbage": `${SESSION}=%00..${"A".repeat(TOKEN)}`,
    "a cookie without its prefix": `portreeve=${session}`,
  };
  for (const [what, cookie] of Object.entries(cookies)) {
    await check(`no page, form or stream answers ${what}`, async () => {
      for (const { path, methods } of inside) {
        for (const method of methods) {
          const fields = method === "GET" ? undefined : {};
          turned(await ask(gate, method, filled(path), { cookie, fields }), `${method} ${path}`);
        }
      }
    });
  }

  const foreign = { origin: "https://evil.test" };
  for (const [what, headers] of Object.entries({
    "from another site": foreign,
    "from nowhere": { origin: "null" },
    "that another site sent": { "sec-fetch-site": "cross-site" },
  })) {
    await check(`no form ${what} is taken, with the right cookie`, async () => {
      for (const { path, methods } of all.filter((route) => route.methods.includes("POST"))) {
        expect(methods.length > 0, path);
        const answer = await ask(gate, "POST", filled(path), { cookie: own, fields: {}, headers });
        same(answer.status, 403, path);
      }
    });
  }
  await check("no page is embedded by another site, with the right cookie", async () => {
    for (const dest of ["iframe", "image", "script", "empty"]) {
      const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": dest };
      same((await ask(gate, "GET", "/", { cookie: own, headers })).status, 403, dest);
    }
  });
  await check("a host that is not ours is refused with 421", async () => {
    for (const host of [new URL(gate.address).host, "localhost", "evil.test", `evil.test:${gate.portal}`]) {
      same((await ask(gate, "GET", "/sign-in", { headers: { host } })).status, 421, host);
    }
  });
  await check("a browser that opens the address instead of the name is refused with 421", async () => {
    const lost = await visitor();
    lost.abroad = [gate.address];
    same((await lost.page.goto(`${gate.address}/sign-in`)).status(), 421, "status");
  });
  await check("a page of another site cannot engage the kill switch for a browser that is signed in", async () => {
    const form = `<form method=post action="${gate.origin}/kill"><input name=level value=customer></form>`;
    const evil = createServer((_request, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.end(`${form}<script>document.forms[0].submit()</script>`);
    });
    await new Promise((open) => evil.listen(0, "127.0.0.1", open));
    const address = `http://127.0.0.1:${evil.address().port}`;
    maya.abroad = [address];
    const answered = maya.page.waitForResponse((response) => response.url() === `${gate.origin}/kill`);
    await maya.page.goto(address, { waitUntil: "commit" });
    same((await answered).status(), 403, "status");
    await maya.arrived("/kill");
    evil.close();
    await maya.goto("/");
    expect(await maya.page.locator("#kills").isHidden(), "a kill switch is engaged");
  });
  await check("a method that a page does not have is refused", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "TRACE"]) {
      const { status } = await ask(gate, method, "/", { cookie: own, fields: {} });
      expect(status === 405 || status === 403, `${method}: ${status}`);
    }
  });
  await check("after all that the session still lives", async () => {
    same((await ask(gate, "GET", "/", { cookie: own })).status, 200, "status");
  });
});
