// Notices: an address is confirmed by the code a real mail server received; what is told, what of, and what never is.

import { Mailbox } from "../mailbox.mjs";
import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";

const ADDRESS = "maya.canary@portreeve.example";

await scenario(async ({ gate, check, must, owner, bot, canaries }) => {
  const mailbox = await Mailbox.open(gate);
  try {
    const maya = await owner();
    const button = (name) => maya.page.getByRole("button", { name });
    const seen = () => mailbox.letters.length;
    await must("without an address the page says so, and that security cannot be turned off", async () => {
      await maya.goto("/notices");
      const text = await maya.text();
      for (const word of ["no address", "always", "It cannot be turned off"]) expect(text.includes(word), `no ${word}`);
      await shots(gate, maya, "notices-none");
    });
    await must("an address is added by the code that was sent to it, and shown in part only", async () => {
      canaries.plant("the e-mail address", ADDRESS);
      await maya.page.fill("input[name=email]", ADDRESS);
      await button("Send a code to it").click();
      await maya.page.getByRole("heading", { name: "Type the code that was sent" }).waitFor();
      await shots(gate, maya, "notices-code");
      const letter = await mailbox.letter("");
      same(letter.to.join(), ADDRESS, "to whom");
      const code = letter.plain.match(/\b\d{6}\b/)[0];
      await maya.page.fill("input[name=code]", code === "000000" ? "000001" : "000000");
      await button("Confirm").click();
      await maya.page.getByRole("alert").waitFor();
      await maya.page.fill("input[name=code]", code);
      await button("Confirm").click();
      await maya.arrived("/notices");
      const page = await maya.page.content();
      expect(!page.includes(ADDRESS) && page.includes("@portreeve.example"), "the whole address is shown");
    });
    await check("that it was added is told", async () => {
      const letter = await mailbox.letter("The e-mail address for notices was changed");
      expect(letter.message_id && letter.html, "a letter without Message-ID or HTML");
    });
    await check("a test arrives", async () => {
      const before = seen();
      await maya.goto("/notices");
      await button("Send a test").click();
      await mailbox.letter("", before);
      expect((await maya.text()).includes("The test is on its way"), "the page does not say so");
      await shots(gate, maya, "notices-on");
    });
    await must("an order that waits is told, and no notice says what it is", async () => {
      const program = bot(14_000);
      await program.held();
      const letter = await mailbox.letter("An order waits for your approval");
      for (const word of ["AAPL", "14,0", "14000", "USD"]) expect(!letter.plain.includes(word), `${word} in ${letter.plain}`);
      expect(letter.plain.includes(gate.origin), "no link to the portal");
    });
    await check("approvals can be turned off, which is told; security still arrives", async () => {
      await maya.goto("/notices");
      let before = seen();
      await button("Turn off Approvals").click();
      await button("Turn on Approvals").waitFor();
      await mailbox.letter("What is told was changed", before);
      before = seen();
      const program = bot(14_800);
      await program.held();
      await gate.tell("kill", "--customer");
      await mailbox.letter("A kill switch was engaged", before);
      const told = mailbox.letters.slice(before).map((one) => one.subject);
      expect(!told.some((subject) => subject.includes("waits for your approval")), told.join("; "));
    });
    await check("no two letters bear the same Message-ID", async () => {
      const ids = mailbox.letters.map((one) => one.message_id);
      same(new Set(ids).size, ids.length, `different ids of ${ids.length}`);
    });
    await check("the address is removed by a button, and the one that was is told", async () => {
      const before = seen();
      await maya.goto("/notices");
      await button("Remove the address").click();
      await mailbox.letter("The e-mail address for notices was changed", before);
      await maya.goto("/notices");
      expect((await maya.text()).includes("no address"), "it still has one");
    });
  } finally {
    mailbox.close();
  }
});
