// Bare HTTP requests, with headers that no browser would send.

import http from "node:http";

const LIMIT_MS = 30_000;
const MOST_BYTES = 1 << 22;

// An event stream of whoever has this cookie: when it was opened, and when it was ended from the other side.
export function listen(gate, cookie) {
  const headers = { host: new URL(gate.origin).host, cookie };
  const options = { host: "127.0.0.1", port: gate.portal, path: "/live", headers, agent: false };
  return new Promise((open, failed) => {
    const request = http.get(options, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      const ended = new Promise((done) => answer.on("close", () => done({ at: performance.now(), text })));
      open({ status: answer.statusCode, ended, close: () => request.destroy() });
    });
    request.on("error", failed);
  });
}

// `headers` replace ours; a body of fields goes as a form. An event stream is ended after its first bytes.
export function ask(gate, method, path, { headers = {}, fields, cookie } = {}) {
  const body = fields === undefined ? "" : new URLSearchParams(fields).toString();
  const own = { host: new URL(gate.origin).host, ...(cookie ? { cookie } : {}) };
  if (method !== "GET" && method !== "HEAD") {
    Object.assign(own, { origin: gate.origin, "content-length": String(Buffer.byteLength(body)) });
    if (fields !== undefined) own["content-type"] = "application/x-www-form-urlencoded";
  }
  const options = { host: "127.0.0.1", port: gate.portal, method, path, headers: { ...own, ...headers }, agent: false };
  return new Promise((done, failed) => {
    const request = http.request({ ...options, timeout: LIMIT_MS }, (answer) => {
      const chunks = [];
      let size = 0;
      const finish = () => {
        const text = Buffer.concat(chunks).toString("utf8");
        done({ status: answer.statusCode, headers: answer.headers, text });
        request.destroy();
      };
      const stream = String(answer.headers["content-type"]).startsWith("text/event-stream");
      if (stream) return finish();
      answer.on("data", (chunk) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MOST_BYTES) request.destroy(new Error(`${path} answers without end`));
      });
      answer.on("end", finish);
    });
    request.on("timeout", () => request.destroy(new Error(`${method} ${path}: no answer in ${LIMIT_MS} ms`)));
    request.on("error", failed);
    request.end(body);
  });
}
