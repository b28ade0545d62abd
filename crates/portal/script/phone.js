// The app on a phone: its worker, the code of a link, the lock, and the button that is held.
"use strict";
const body = document.body;

if ("serviceWorker" in navigator && !document.getElementById("wiped")) {
  navigator.serviceWorker.register("/m/sw.js", { scope: "/m/" }).catch(() => {});
}

// Wiped: what the answer itself did not clear, where a browser does not know how.
const wiped = async () => {
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
  for (const name of await caches.keys()) await caches.delete(name);
  localStorage.clear();
  sessionStorage.clear();
};
if (document.getElementById("wiped")) wiped().catch(() => {});

// The code of a link stands behind the #, which no server is told: it is sent once, and leaves the address.
const pair = document.querySelector("form[data-pair]");
if (pair && location.hash.length > 1) {
  pair.elements.code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  pair.requestSubmit();
}

// The lock: nothing of the page stays behind it. The server has counted no touch for as long, and has ended the session.
const door = body.dataset.door;
const idle = Number(body.dataset.idle || 0) * 1000;
let touched = Date.now();
let locked = false;
const lock = () => {
  if (locked) return;
  locked = true;
  body.replaceChildren();
  location.replace(door + "?reason=idle");
};
const look = () => { if (idle && Date.now() - touched >= idle) lock(); };
if (idle) {
  for (const kind of ["pointerdown", "keydown", "scroll"]) {
    addEventListener(kind, () => { look(); touched = Date.now(); }, { passive: true, capture: true });
  }
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", () => {
    // What an overview of all apps shows is no page of ours.
    body.classList.toggle("veiled", document.hidden);
    if (!document.hidden) look();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// Offline: what is shown is old, and nothing can be sent.
const offline = document.getElementById("offline");
const connected = () => { if (offline) offline.hidden = navigator.onLine; };
addEventListener("online", connected);
addEventListener("offline", connected);
connected();
document.addEventListener("submit", (event) => {
  if (navigator.onLine || !offline) return;
  delete event.target.dataset.sure;
  event.preventDefault();
  event.stopImmediatePropagation();
  offline.scrollIntoView();
}, true);

// Held: a pocket does not hold a button still. A second tap does the same for whoever cannot hold one.
const TWICE_MS = 3000;
let holding = null;
const sure = (form) => { form.dataset.sure = "yes"; form.requestSubmit(); };
const release = () => {
  if (!holding) return;
  clearTimeout(holding.timer);
  holding.button.classList.remove("held");
  holding = null;
};
document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest("form[data-hold] button");
  if (!button) return;
  release();
  button.classList.add("held");
  const timer = setTimeout(() => { release(); sure(button.form); }, Number(button.form.dataset.hold));
  holding = { button, timer };
});
for (const kind of ["pointerup", "pointercancel", "pointerleave", "blur"]) addEventListener(kind, release, true);
addEventListener("contextmenu", (event) => {
  if (event.target.closest && event.target.closest("form[data-hold]")) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-hold]")) return;
  if (form.dataset.sent) return event.preventDefault();
  const again = Date.now() - Number(form.dataset.tapped || 0) < TWICE_MS;
  const held = form.dataset.sure;
  delete form.dataset.sure;
  if (held || again) return void (form.dataset.sent = "yes");
  event.preventDefault();
  form.dataset.tapped = Date.now();
  const said = form.querySelector(".hold-said");
  if (said) said.textContent = "Hold it until it is full, or tap once more now.";
});
