// The dossier: of an order that a program's owner signed for; checked by us, by another program, and refused once edited.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";

await scenario(async ({ gate, check, must, owner, visitor, canaries, bot: program }) => {
  const out = join(gate.home, "dossier");
  const file = join(gate.home, "approval.json");
  // The independent verifier, as whoever is handed a dossier runs it.
  const python = (...words) =>
    new Promise((done) => {
      const all = ["-B", join(gate.root, "examples/verify_dossier.py"), ...words];
      execFile(gate.verifier, all, { timeout: 30_000, encoding: "utf8" }, (error, said, why) => {
        done({ code: error ? (error.code ?? error.signal) : 0, said, why });
      });
    });
  const kept = join(gate.home, "kept-checkpoint");
  const maya = await owner();
  let id, order, key;

  await must("an order of an unmodified client is held, signed for with a passkey, and filled", async () => {
    same((await gate.tell("journal", "checkpoint", "--out", kept)).code, 0, "exit code");
    const bot = program(14_000);
    await bot.held();
    [{ id, order }] = await gate.ask("approval", "list");
    await maya.goto(`/approvals/${id}`);
    await maya.page.getByRole("button", { name: "Approve with a passkey", exact: true }).click();
    await bot.until("its order is filled", (now) => now.status === "Filled");
  });
  await check("the approval is written to a file, which verifies with nothing else", async () => {
    await gate.ask("approval", "show", id, "--file", file);
    const told = await gate.ask("approval", "verify", file);
    expect(told.valid && told.display.startsWith("Buy ") && told.display.includes("AAPL"), JSON.stringify(told));
    same(told.signed.origin, gate.origin, "origin");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('"display": "Buy', '"display": "Sell'));
    same((await gate.tell("approval", "verify", file)).code, 3, "exit code of an edited one");
  });
  await must("the dossier of the order is exported beside the running server, and is sound", async () => {
    const made = await gate.ask("dossier", "export", "--order", order, "--out", out, "--checkpoint", kept);
    same(made.approvals, 1, "approvals");
    ({ key } = made);
    const told = await gate.ask("dossier", "verify", out, "--key", key, "--checkpoint", kept);
    expect(told.sound && told.earlier > 0, JSON.stringify(told));
  });
  await check("a program that shares no code with ours finds it sound", async () => {
    const { code, said, why } = await python(out, key);
    expect(code === 0 && said.includes(order) && said.includes("1 signed"), said + why);
  });
  await check("as one zip it is the same, and an edited zip is refused by both", async () => {
    const zip = `${out}.zip`;
    await gate.ask("dossier", "export", "--order", order, "--out", zip, "--checkpoint", kept);
    const told = await gate.ask("dossier", "verify", zip, "--key", key, "--checkpoint", kept);
    const { code, said, why } = await python(zip, key, kept);
    expect(told.sound && code === 0 && said.includes(order) && said.includes("1 signed"), said + why);
    const edited = readFileSync(zip);
    edited[Math.floor(edited.length / 2)] ^= 1;
    writeFileSync(`${zip}.edited.zip`, edited);
    const [ours, theirs] = [await gate.tell("dossier", "verify", `${zip}.edited.zip`), await python(`${zip}.edited.zip`)];
    expect(ours.code !== 0 && theirs.code === 1, `${ours.code} ${theirs.code} ${theirs.said}${theirs.why}`);
  });
  await check("no name or secret is in it, whole or in disguise", () => {
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(files.length > 7, `${files.length} files`);
    const found = files.flatMap((one) => canaries.within(readFileSync(join(one.parentPath ?? one.path, one.name))));
    same(found.join(), "", "found");
  });
  await check("every file of it that is edited is refused by both", async () => {
    for (const name of ["events.jsonl", "checkpoint", "contents", "journal.vkey", `approvals/${id}.json`, "index.html"]) {
      const path = join(out, name);
      const whole = readFileSync(path);
      const edited = Buffer.from(whole);
      edited[Math.floor(whole.length / 2)] ^= 1;
      writeFileSync(path, edited);
      const [ours, theirs] = [await gate.tell("dossier", "verify", out), await python(out, key)];
      writeFileSync(path, whole);
      expect(ours.code === 3 && theirs.code === 1, `${name}: ${ours.code} ${theirs.code} ${theirs.said}${theirs.why}`);
    }
    same((await gate.tell("dossier", "verify", out)).code, 0, "exit code when all is back");
  });
  await check("a person reads it in a page that asks nobody, in both themes, on a desk and in a hand", async () => {
    const reader = await visitor();
    const errors = [];
    reader.abroad = ["file://"];
    reader.page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await reader.page.goto(pathToFileURL(join(out, "index.html")).href);
    const text = await reader.text();
    for (const word of ["Signed approvals", "Buy", "AAPL", "the owner", "order.filled", "reading aid", key]) {
      expect(text.includes(word), `no ${word} in ${text}`);
    }
    await shots(gate, reader, "dossier");
    same(errors.join(), "", "errors");
  });
});
