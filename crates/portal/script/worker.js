// The service worker: keeps the shell, which says nothing of anyone, and no page and no data, ever.
"use strict";
const NAME = "shell-" + shell.kept.join(" ").replace(/[^0-9a-f ]/g, "").slice(-64);

const keep = async () => {
  const cache = await caches.open(NAME);
  await cache.addAll([...shell.kept, shell.offline]);
  await self.skipWaiting();
};

const tidy = async () => {
  for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
  await self.clients.claim();
};

const page = async (request) => {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(shell.offline)) || Response.error();
  }
};

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(tidy()));
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET") return;
  // Online the browser asks by itself: asked by a worker, the server could not tell that a person opens the page.
  if (mode === "navigate" && !navigator.onLine) event.respondWith(page(event.request));
  const { origin, pathname } = new URL(url);
  if (origin === location.origin && shell.kept.includes(pathname)) {
    event.respondWith(caches.match(pathname).then((kept) => kept || fetch(event.request)));
  }
});

// A push tells that something waits, and nothing of what: the phone asks for it once it is unlocked.
const SAYS = {
  approval: "Something waits for your approval.",
  security: "Security: something was changed, or somebody signed in.",
  alert: "Something happened that you should see.",
  fill: "An order was filled.",
};
const read = (data) => {
  try {
    const said = data.json();
    const kind = Object.hasOwn(SAYS, said.kind) ? said.kind : "alert";
    return { body: SAYS[kind], tag: String(said.id).slice(0, 64), data: kind };
  } catch {
    return { body: "Something waits for you.", tag: "portreeve", data: "approval" };
  }
};
const show = (words) => self.registration.showNotification("Portreeve", { ...words, icon: shell.icon });
// One that came twice takes its own place: its tag is the same.
addEventListener("push", (event) => event.waitUntil(show(read(event.data))));

// The browser has replaced its subscription: what is there now was signed by nobody, and the server knows nothing of it.
const over = async () => {
  const other = await self.registration.pushManager.getSubscription();
  if (other) await other.unsubscribe();
  await show({ body: "Push has ended on this phone. Turn it on again in the settings.", tag: "push-ended", data: "ended" });
};
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(over()));

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = Object.hasOwn(shell.opens, event.notification.data) ? shell.opens[event.notification.data] : shell.opens.approval;
  const open = async () => {
    const [first] = await self.clients.matchAll({ type: "window" });
    if (!first) return self.clients.openWindow(to);
    await first.focus();
    return first.navigate(to);
  };
  event.waitUntil(open());
});
