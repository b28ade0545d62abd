// Live pages: what changed is fetched again and put in place; what a person is typing stays.
"use strict";
const url = document.body.dataset.live;
const sign = document.getElementById("link-state");
const due = new Set();
let busy = false;
let left = false;
let sent = false;

const show = (on, instead) => {
  if (!sign) return;
  const text = instead || (on ? "Live" : "Not connected");
  if (sign.dataset.said === text) return;
  sign.dataset.said = text;
  sign.textContent = text;
  sign.className = on ? "link-state on" : "link-state off";
};

const typing = (part) => {
  const at = document.activeElement;
  if (at && part.contains(at) && at.matches("input, select, textarea")) return true;
  if (part.querySelector("form[data-asking], details[open], :popover-open")) return true;
  return [...part.querySelectorAll("input, select, textarea")].some((field) =>
    field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.tagName === "SELECT"
        ? [...field.options].some((option) => option.selected !== option.defaultSelected) &&
          field.selectedIndex !== 0
        : field.value !== field.defaultValue);
};

const place = (part, next) => {
  const at = document.activeElement;
  const again = at && part.contains(at) ? at.id || at.getAttribute("href") : null;
  const fresh = document.importNode(next, true);
  part.replaceWith(fresh);
  if (!again) return;
  const target = [...fresh.querySelectorAll("[id], a[href]")].find(
    (each) => each.id === again || each.getAttribute("href") === again);
  if (target) target.focus();
};

// What could not be fetched is old now, and the page says so until it is.
const later = (topics) => {
  show(false);
  setTimeout(() => { for (const topic of topics) due.add(topic); refresh(); }, 3000);
};

const refresh = async () => {
  if (busy || left || due.size === 0) return;
  const topics = [...due];
  due.clear();
  // What this page does not show is not asked for.
  const shown = [...document.querySelectorAll("[data-topic][id]")].flatMap((part) => part.dataset.topic.split(" "));
  if (!topics.some((topic) => shown.includes(topic))) return;
  busy = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual", headers: { Accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-topic][id]")) {
        const mine = part.dataset.topic.split(" ");
        if (!topics.some((topic) => mine.includes(topic)) || typing(part)) continue;
        const next = page.getElementById(part.id);
        if (next) place(part, next);
      }
      show(true);
    } else if (answer.type === "opaqueredirect" || answer.status === 401) {
      leave("ended");
    } else {
      later(topics);
    }
  } catch {
    later(topics);
  } finally {
    busy = false;
    if (due.size > 0) setTimeout(refresh, 250);
  }
};

const leave = (reason) => {
  if (left) return;
  left = true;
  // A page of the app on a phone has a way in of its own.
  const door = document.body.dataset.door || "/sign-in";
  location.assign(door + "?reason=" + encodeURIComponent(reason));
};

const all = () => {
  for (const part of document.querySelectorAll("[data-topic]")) for (const topic of part.dataset.topic.split(" ")) due.add(topic);
};

const listen = (wait) => {
  const stream = new EventSource(url);
  stream.onopen = () => { show(true); wait = 1000; };
  stream.onmessage = (event) => {
    for (const topic of event.data.split(" ")) if (topic) due.add(topic);
    refresh();
  };
  // A form that was sent leads on by itself: to go elsewhere meanwhile would lose its answer, and the cookies in it.
  stream.addEventListener("ended", (event) => { stream.close(); if (!sent) leave(event.data || "ended"); });
  // Other windows of the session are live now; whoever looks at this one again takes the place back.
  stream.addEventListener("elsewhere", () => {
    stream.close();
    show(false, "Paused: live in other windows");
    addEventListener("focus", () => { all(); refresh(); listen(1000); }, { once: true });
  });
  stream.onerror = () => {
    show(false);
    if (left || stream.readyState !== EventSource.CLOSED) return;
    // Nothing is known of what was missed: all of it is fetched again once connected.
    all();
    setTimeout(() => { refresh(); listen(Math.min(wait * 2, 30000)); }, wait);
  };
};

// The time itself is on the page; this only counts it down for the eye.
const count = () => {
  for (const place of document.querySelectorAll("[data-until]")) {
    const seconds = Math.max(0, Math.round((Date.parse(place.dataset.until) - Date.now()) / 1000));
    place.textContent = seconds > 0 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left` : "over";
  }
};

addEventListener("submit", (event) => { if (!event.defaultPrevented) sent = true; });
if (url && window.EventSource) listen(1000);
setInterval(count, 1000);
count();
