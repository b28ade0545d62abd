// The portal's own list of routes, read from its router: a page added there is tested here without being named again.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const PORTAL = "crates/portal/src";

// Which routes answer without a session is said here, and nowhere derived: a new one has to be thought about.
export const OPEN = new Set([
  "/assets/{name}",
  "/enrol/{token}",
  "/m",
  "/m/manifest.webmanifest",
  "/m/offline",
  "/m/pair",
  "/m/pair/made",
  "/m/pair/shown",
  "/m/sign-in",
  "/m/sw.js",
  "/origins",
  "/sign-in",
  "/sign-in/passkey",
  "/sign-in/password",
  "/sign-in/sms",
  "/sign-in/sms/code",
]);

// Every route as { path, methods }, with its parameters in braces.
export function routes(root) {
  const read = (path) => readFileSync(join(root, PORTAL, path), "utf8").replace(/^\s*\/\/.*$/gm, "");
  const found = ["route.rs", "route/phone.rs", "serve.rs"].flatMap((file) => {
    return calls(read(file)).map((call) => of(call, (expression) => value(expression, file, read)));
  });
  const paths = new Map();
  for (const { path, methods } of found) paths.set(path, [...(paths.get(path) ?? []), ...methods]);
  return [...paths].map(([path, methods]) => ({ path, methods }));
}

// What stands between the parentheses of each `.route(…)`.
function calls(text) {
  return [...text.matchAll(/\.route\(/g)].map((match) => {
    const from = match.index + match[0].length;
    let depth = 1;
    let at = from;
    for (; depth > 0 && at < text.length; at += 1) {
      if (text[at] === "(") depth += 1;
      if (text[at] === ")") depth -= 1;
    }
    return text.slice(from, at - 1).trim();
  });
}

function of(call, resolve) {
  const parted = call.match(/^((?:[^,("]|"[^"]*"|\((?:[^()]|\([^()]*\))*\))+),\s*([\s\S]+)$/);
  if (!parted) throw new Error(`no path and methods in .route(${call})`);
  const methods = [...parted[2].matchAll(/(?<![\w:])(get|post|put|patch|delete)\(/g)].map((one) => one[1].toUpperCase());
  if (methods.length === 0) throw new Error(`no method in .route(${call})`);
  return { path: resolve(parted[1].trim()), methods };
}

// A literal, a constant, or a format of constants.
function value(expression, file, read) {
  const plain = expression.replace(/^&/, "");
  const literal = plain.match(/^"([^"]*)"$/);
  if (literal) return literal[1];
  const format = plain.match(/^format!\(\s*"([^"]*)"\s*(?:,\s*([\s\S]*?))?,?\s*\)$/);
  if (format) {
    const parts = (format[2] ?? "").split(",").map((one) => one.trim()).filter(Boolean);
    const filled = format[1].replace(/\{\}/g, () => value(parts.shift(), file, read));
    return filled.replaceAll("{{", "{").replaceAll("}}", "}");
  }
  const parts = plain.split("::");
  const name = parts.pop();
  const module = parts.pop();
  const homes = { undefined: file, place: "page/place.rs" };
  const text = read(homes[module] ?? `route/${module}.rs`);
  const constant = text.match(new RegExp(`const ${name}: &str =\\s*([^;]+);`));
  if (!constant) throw new Error(`the path ${expression} of a route cannot be read`);
  return value(constant[1].trim(), file, read);
}

// Of the app on a phone: it has a session and a sign-in of its own.
export function ofThePhone(path) {
  return path.startsWith("/m/");
}

// With something in the place of each parameter.
export function filled(path) {
  return path.replace(/\{\*?\w+\}/g, "x");
}
