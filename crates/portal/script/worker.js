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
    const { kind, id } = data.json();
    return { body: SAYS[kind] || SAYS.alert, tag: String(id) };
  } catch {
    return { body: "Something waits for you.", tag: "portreeve" };
  }
};
addEventListener("push", (event) => {
  // One that came twice takes its own place: its tag is the same.
  const words = { ...read(event.data), icon: shell.icon };
  event.waitUntil(self.registration.showNotification("Portreeve", words));
});
addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = async () => {
    const [first] = await self.clients.matchAll({ type: "window" });
    if (!first) return self.clients.openWindow(shell.opens);
    await first.focus();
    return first.navigate(shell.opens);
  };
  event.waitUntil(open());
});
