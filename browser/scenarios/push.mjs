// Push: turned on by a signature on the phone, decrypted by a library that is not ours, shown by the app's own worker,
// and never lost: neither by kill -9, nor by another master key. Its gate and its push service are its own.

import { OwnGate } from "../own_gate.mjs";
import { PushService } from "../push_service.mjs";
import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { screen, shots } from "../shots.mjs";
import { until } from "../wait.mjs";

const gate = new OwnGate();
const service = new PushService(gate, gate.home);
const settings = () => `[notify.push]\ncontact = "mailto:ops@portreeve.example"\nhosts = ["localhost:${service.port}"]\nca = "${service.certificate}"`;

// The browser's own side of a push: what a push service hands to it, and what its worker shows.
class Shown {
  static async of(phone) {
    const one = new Shown();
    one.phone = phone;
    phone.cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      for (const each of registrations) if (each.scopeURL.startsWith(gate.origin) && !each.isDeleted) one.id = each.registrationId;
    });
    await phone.cdp.send("ServiceWorker.enable");
    await until("the worker is registered", () => one.id);
    return one;
  }

  async deliver(data) {
    await this.phone.cdp.send("ServiceWorker.deliverPushMessage", { origin: gate.origin, registrationId: this.id, data });
  }

  // Waits until it is shown. The browser forgets one that it is asked for while it still brings up what shows them:
  // then it is handed over again, as a push service does whose push was not taken.
  async shows(said) {
    const here = async () => (await this.all()).some(({ tag }) => tag === said.id);
    for (let tries = 0; tries < 4; tries += 1) {
      await this.deliver(JSON.stringify(said));
      await this.phone.page.waitForTimeout(300);
      if (await until("it is shown", here, 4_000).catch(() => false)) return;
    }
    throw new Error(`${said.kind} is not shown`);
  }

  all() {
    return this.phone.page.evaluate(async () => {
      const found = await (await navigator.serviceWorker.ready).getNotifications();
      return found.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
    });
  }

  clear() {
    return this.phone.page.evaluate(async () => {
      for (const one of await (await navigator.serviceWorker.ready).getNotifications()) one.close();
    });
  }

  // As a tap on it does: a script may not make an event that counts as a person's, so that what only such a one may do,
  // to bring a window to the front, is left out. The handler and where it leads are the worker's own.
  async tap(tag) {
    const worker = this.phone.context.serviceWorkers().find((one) => one.url().startsWith(gate.origin));
    await worker.evaluate(async (wanted) => {
      const notification = (await self.registration.getNotifications()).find((one) => one.tag === wanted);
      const event = new NotificationEvent("notificationclick", { notification });
      let done;
      event.waitUntil = (promise) => (done = promise);
      WindowClient.prototype.focus = async function focus() { return this; };
      self.dispatchEvent(event);
      await done;
    }, tag);
  }
}

try {
  await service.open();
  await gate.start(settings());
  await scenario(walk, gate);
} finally {
  await service.close();
  await gate.end("SIGTERM");
}

async function walk({ check, must, owner, hand, canaries, bot: program }) {
  const maya = await owner();
  const phone = await hand();
  const tap = (name) => phone.page.getByRole("button", { name, exact: true }).tap();
  const state = () => phone.page.locator("#push .badge").filter({ visible: true }).first().innerText();
  const said = (word) => until(`push is ${word}`, async () => (await state().catch(() => "")) === word);
  const seen = async (name) => {
    await phone.page.locator("#push").evaluate((part) => part.scrollIntoView());
    await screen(gate, phone, name);
  };
  canaries.plant("where the push service takes it", "canary-of-the-path");

  await must("a phone is paired, and push is off on it", async () => {
    await maya.pairs(phone);
    await phone.goto("/m/settings");
    await said("off");
    await seen("push-off");
  });
  await check("where notifications are not allowed, nothing is asked, and the page says what to do", async () => {
    await tap("Turn push on");
    await phone.page.getByText("Notifications are not allowed for this app").waitFor();
    same(service.came.length, 0, "pushes");
  });
  await check("a browser without a push service says so", async () => {
    await phone.context.grantPermissions(["notifications"], { origin: gate.origin });
    await tap("Turn push on");
    await phone.page.getByText("The push service of this browser could not be reached").waitFor();
  });
  const signs = async () => {
    await phone.goto("/m/settings");
    await tap("Turn push on");
    await phone.page.getByRole("heading", { name: "Exactly this will happen" }).waitFor();
    const words = await phone.page.locator(".signed").innerText();
    await screen(gate, phone, "push-sign");
    await tap("Approve with a passkey");
    await phone.arrived("/m/settings");
    return words;
  };
  await must("it is turned on by a signature on the phone, over words that name the push service", async () => {
    await service.answers(phone);
    const words = await signs();
    for (const word of ["Turn push on for Chrome on Android", `localhost:${service.port}`, "never what"]) {
      expect(words.includes(word), `no ${word} in ${words}`);
    }
    await said("on");
    await seen("push-on");
    await maya.goto("/notices");
    expect((await maya.page.locator("#push").innerText()).includes("Chrome on Android"), "the desk does not see it");
    await shots(gate, maya, "push-desk");
  });
  let shown;
  await must("that it is on is told by push: decrypted, with a token for this push service by the key the phone subscribed with", async () => {
    const came = await service.next("security");
    same(Object.keys(came.said).sort().join(), "id,kind,v", "what it says");
    same(came.vapid.key, service.subscribed, "the key");
    same(came.vapid.aud, `https://localhost:${service.port}`, "for whom");
    same(came.urgency, "high", "urgency");
    shown = await Shown.of(phone);
  });

  let bot, push;
  await must("an order of a real program is held, and the push for it lives no longer than the question", async () => {
    await phone.goto("/m/");
    const before = service.came.length;
    bot = program(14_000);
    await bot.held();
    push = await service.next("approval", before);
    const ttl = Number(push.ttl);
    expect(ttl > 60 && ttl <= 120, `it is kept for ${push.ttl} s`);
    same(push.length, service.came[0].length, "its length says nothing");
  });
  await must("the app's worker shows it, without a word about the order", async () => {
    await shown.clear();
    await shown.shows(push.said);
    const all = await shown.all();
    same(JSON.stringify(all.map(({ body, tag }) => ({ body, tag }))), JSON.stringify([{ body: "Something waits for your approval.", tag: push.said.id }]), "what is shown");
  });
  await check("handed over twice, it is shown once", async () => {
    await shown.deliver(JSON.stringify(push.said));
    await shown.shows({ v: 1, kind: "fill", id: "ntc_other" });
    same((await shown.all()).length, 2, "shown");
    same((await shown.all()).filter(({ tag }) => tag === push.said.id).length, 1, "of the same id");
  });
  await must("a tap on it leads to what waits, where the passkey signs it: the program sees its fill", async () => {
    await phone.goto("/m/positions");
    await shown.tap(push.said.id);
    await phone.arrived("/m/");
    expect(!(await shown.all()).some(({ tag }) => tag === push.said.id), "it is still shown");
    await phone.page.locator("#waiting").getByRole("link", { name: /AAPL/ }).first().tap();
    await phone.page.getByRole("heading", { name: "Exactly this will happen" }).waitFor();
    await tap("Approve with a passkey");
    const view = await bot.until("its order is filled", (now) => now.status === "Filled");
    expect(view.remaining === 0 && view.filled > 0, JSON.stringify(view));
    await phone.page.locator("#answer", { hasText: "approved" }).waitFor();
  });
  await check("what a program does far from the usual is told as an alert, and no more than that", async () => {
    const before = service.came.length;
    await program(30_000, { times: 14 }).until("its orders are refused", (now) => now.done && now.filled === 0);
    const came = await service.next("alert", before);
    same(`${Object.keys(came.said).sort().join()} ${came.ttl}`, "id,kind,v 86400", "what it says, and for how long");
    await maya.goto("/alerts");
    await maya.page.getByRole("button", { name: "This was not me" }).waitFor();
  });
  await check("the other words lead where they belong", async () => {
    for (const [kind, path] of [["security", "/m/alerts"], ["alert", "/m/alerts"], ["fill", "/m/positions"]]) {
      await phone.goto("/m/settings");
      await shown.shows({ v: 1, kind, id: `ntc_${kind}` });
      await shown.tap(`ntc_${kind}`);
      await phone.arrived(path);
    }
  });
  await check("rubbish is shown in general words, and ends nothing", async () => {
    await shown.clear();
    const rubbish = ["", "{", "null", "[]", "42", '"approval"', "{}", '{"kind":"__proto__","id":1}', '{"kind":"constructor"}', '{"kind":{},"id":{}}', "\u0000\uffff", "x".repeat(4_000)];
    for (const one of rubbish) await shown.deliver(one);
    await shown.shows({ v: 1, kind: "approval", id: "ntc_after" });
    const words = ["Something happened that you should see.", "Something waits for you."];
    for (const { tag, body } of await shown.all()) expect(tag === "ntc_after" || words.includes(body), `${tag}: ${body}`);
    await shown.clear();
  });
  await restarts({ check, must });

  await check("turned off at the phone, none arrives", async () => {
    await phone.goto("/m/settings");
    await tap("Turn push off");
    await said("off");
    const before = service.came.length;
    await gate.tell("kill", "--customer");
    // What is told later is sent later: when push is on again, nothing of this has come.
    await signs();
    await service.next("security", before);
    same(service.came.slice(before).length, 1, "pushes");
  });
  await check("where the browser has lost its subscription, the page says that nothing rings", async () => {
    service.lose();
    await phone.goto("/m/settings");
    await phone.page.getByText("Push has ended on this phone").waitFor();
    await said("ended");
    await seen("push-lost");
  });
  await check("a subscription that the browser replaces by itself is given up, and the person is told on the phone", async () => {
    const worker = phone.context.serviceWorkers().find((one) => one.url().startsWith(gate.origin));
    await worker.evaluate(async () => {
      const event = new ExtendableEvent("pushsubscriptionchange");
      let done;
      event.waitUntil = (promise) => (done = promise);
      self.registration.pushManager.getSubscription = async () => ({ unsubscribe: async () => (self.given = true) });
      self.dispatchEvent(event);
      await done;
      if (!self.given) throw new Error("the new one stands");
    });
    expect((await shown.all()).some(({ body }) => body.startsWith("Push has ended on this phone")), "nothing is said");
    await shown.tap("push-ended");
    await phone.arrived("/m/settings");
  });
  await check("turned on anew it works; when the push service knows the browser no more, it ends, and both pages say so", async () => {
    await signs();
    await said("on");
    expect(!(await phone.page.getByText("Push has ended on this phone").isVisible()), "it is said to have ended");
    service.mood("gone");
    await gate.tell("kill", "--customer");
    await said("ended");
    await seen("push-ended");
    await maya.goto("/notices");
    await maya.page.locator("#push", { hasText: "nothing arrives there any more" }).waitFor();
    await shots(gate, maya, "push-desk-ended");
  });
}

async function restarts({ check, must }) {
  const engage = async (word) => {
    const { code, out, err } = await gate.tell("kill", word);
    same(code, 0, `${out}${err}`);
  };
  let hung;
  await must("killed while the push service has it and has not said so: sent again under the same id", async () => {
    const before = service.came.length;
    service.mood("hang");
    await engage("--customer");
    hung = await service.next("security", before);
    same(hung.status, null, "what was answered");
    await gate.end("SIGKILL");
    service.mood("take");
    const then = service.came.length;
    await gate.serve();
    const again = await until("it came again", () => service.came.slice(then).find((one) => one.said?.id === hung.said.id), 30_000);
    same(`${again.status} ${again.topic}`, `201 ${hung.topic}`, "how");
    expect(again.body !== hung.body, "with the same key");
  });
  await check("killed between the record and the sending, the push service out of reach: it arrives once both are back", async () => {
    await service.close();
    const before = service.came.length;
    await engage("--firm");
    await gate.end("SIGKILL");
    await service.open();
    await gate.serve();
    const came = await service.next("security", before);
    expect(came.said.id !== hung.said.id, "the one before");
    same(came.status, 201, "how");
  });
  await check("after another master key, push is signed by the same key of its own, and arrives", async () => {
    await gate.end("SIGTERM");
    const { code, out, err } = await gate.tell("seal", "rotate");
    same(code, 0, `${out}${err}`);
    const before = service.came.length;
    await gate.serve();
    await engage("--customer");
    const came = await service.next("security", before);
    same(`${came.status} ${came.vapid.key}`, `201 ${service.subscribed}`, "how");
  });
}
