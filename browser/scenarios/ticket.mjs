// The ticket: a person's own orders; closing only, within limits, sent twice, held for another device, under a kill switch.

import { expect, same } from "../report.mjs";
import { scenario } from "../scenario.mjs";
import { shots } from "../shots.mjs";
import { until } from "../wait.mjs";
import { ask } from "../wire.mjs";

await scenario(async ({ gate, check, must, owner, visitor, canaries }) => {
  const maya = await owner();
  const button = (name) => maya.page.getByRole("button", { name });
  // Types an order, and sends it.
  const write = async ({ side, type, quantity, price = "" }) => {
    await maya.goto("/ticket");
    await maya.page.fill("input[name=instrument]", "AAPL/USD");
    await maya.page.locator(`input[name=side][value=${side}]`).check();
    await maya.page.locator(`input[name=type][value=${type}]`).check();
    await maya.page.fill("input[name=quantity]", String(quantity));
    await maya.page.fill("input[name=price]", String(price));
  };
  const send = () => button(/^Send the/).click();
  const shown = () => maya.page.waitForURL((url) => url.pathname.startsWith("/orders/ord_"));
  const orders = () => gate.ask("order", "list");
  const placed = async () => (await orders()).filter((one) => one.credential === "the owner's ticket");

  await must("the ticket closes only before limits are stated, and says why", async () => {
    await maya.goto("/ticket?instrument=AAPL/USD");
    const text = await maya.text();
    for (const word of ["Close-only ticket", "limits are stated for it", "bid", "ask"]) {
      expect(text.includes(word), `no ${word} in ${text}`);
    }
    await shots(gate, maya, "ticket-close-only");
  });
  await check("what would open a position is refused by name, and what was typed is kept", async () => {
    await write({ side: "buy", type: "limit", quantity: 7, price: 500 });
    await send();
    await maya.page.getByText("ticket_close_only").waitFor();
    same(await maya.page.inputValue("input[name=quantity]"), "7", "the quantity");
    same(await maya.page.inputValue("input[name=price]"), "500", "the price");
    same((await maya.page.locator(".note.bad").innerText()).includes("guard"), true, "the category");
  });

  const ask_price = async () => {
    await maya.goto("/ticket?instrument=AAPL/USD");
    return Number((await maya.page.locator("#quote .figure").innerText()).match(/([\d,.]+)\s*ask/)[1].replaceAll(",", ""));
  };
  await must("limits are stated on a page, and signed in so many words", async () => {
    await maya.goto("/ticket/limits");
    await shots(gate, maya, "ticket-limits");
    await maya.page.fill("input[name=order_value]", "20,000");
    await maya.page.fill("input[name=day_value]", "100,000");
    await maya.page.fill("input[name=approve_above]", "5,000");
    await maya.page.fill("input[name=instruments]", "stock");
    await button("State these limits").click();
    await maya.page.getByRole("heading", { name: "Exactly this will happen" }).waitFor();
    await shots(gate, maya, "approval-ticket");
    const words = await maya.approve("/ticket/limits");
    for (const word of ["order value: 20,000 USD (now not stated)", "instruments: stock (now none)", "asked by the owner"]) {
      expect(words.includes(word), `no ${word} in ${words}`);
    }
    await maya.page.getByText("It opens and closes positions").waitFor();
  });
  let price;
  await must("a purchase within them is sent, and the page of the order shows its fill", async () => {
    price = await ask_price();
    await write({ side: "buy", type: "limit", quantity: 10, price: (price * 1.01).toFixed(2) });
    await shots(gate, maya, "ticket");
    await send();
    await shown();
    await maya.page.locator("#order", { hasText: "filled" }).waitFor();
    await maya.page.locator("#terms", { hasText: "the owner's ticket" }).waitFor();
    await maya.page.locator("#history", { hasText: /the owner at the ticket bought \d+/ }).waitFor();
    await shots(gate, maya, "ticket-order");
  });
  await check("market is locked for more than closing, and says why", async () => {
    await maya.goto("/ticket?instrument=AAPL/USD&side=buy&quantity=1");
    expect(/Market\s*Locked/.test(await maya.page.locator("form.plate").innerText()), await maya.text());
  });

  await check("one form sent twice is one order, shown again and not changed", async () => {
    await write({ side: "buy", type: "limit", quantity: 3, price: (price * 0.98).toFixed(2) });
    const form = maya.page.locator("form.plate");
    const fields = await form.evaluate((one) => Object.fromEntries(new FormData(one)));
    const cookie = await maya.cookies();
    const before = (await placed()).length;
    const send = (more) => ask(gate, "POST", "/ticket", { cookie, fields: { ...fields, ...more } });
    const both = await Promise.all([send({}), send({})]);
    const third = await send({ quantity: "9" });
    const to = new Set([...both, third].map((one) => `${one.status} ${one.headers.location}`));
    same(to.size, 1, `answers ${[...to]}`);
    expect([...to][0].startsWith("303 /orders/ord_"), [...to][0]);
    // The command line tells whose it is.
    same((await placed()).length, before + 1, "orders");
    same((await placed()).filter((one) => one.order_qty === "9").length, 0, "orders of 9");
    await maya.goto(both[0].headers.location);
    await button(/^Cancel/).click();
    await maya.arrived("/orders");
  });
  await check("a refused order says why and what to do", async () => {
    await write({ side: "buy", type: "limit", quantity: 1, price: (price * 1.5).toFixed(2) });
    await send();
    await maya.page.getByText("price_collar").waitFor();
    await shots(gate, maya, "ticket-refused");
  });
  // A second device of the same person, confirmed before anything is asked.
  const phone = await visitor();
  await must("a second device is confirmed by the first", async () => {
    await phone.passkeysOf(maya);
    await phone.signIn("/device");
    await canaries.cookiesOf(phone);
    await maya.goto("/devices");
    await maya.page.getByRole("link", { name: /^Answer/ }).first().click();
    await button("Confirm with a passkey").click();
    await maya.arrived("/devices");
    await phone.page.getByRole("link", { name: "Go on" }).click();
    await phone.arrived("/");
  });
  const pending = async () => (await gate.ask("approval", "list")).map((one) => one.id);
  await must("above the threshold it is held, and not granted on the device that asked", async () => {
    const quantity = Math.ceil(6_000 / price);
    await write({ side: "buy", type: "limit", quantity, price: (price * 1.01).toFixed(2) });
    await send();
    await shown();
    await maya.page.locator("#order", { hasText: "held for approval" }).waitFor();
    const [id] = await pending();
    await maya.goto(`/approvals/${id}`);
    const text = await maya.text();
    expect(text.includes("another confirmed device"), text);
    same(await button("Approve with a passkey").count(), 0, "buttons to approve");
    await shots(gate, maya, "ticket-approval");
  });
  await check("signed on the second device, it is sent", async () => {
    const [id] = await pending();
    await phone.goto(`/approvals/${id}`);
    expect((await phone.text()).includes("asked by the owner, at the ticket"), await phone.text());
    await phone.page.getByRole("button", { name: "Approve with a passkey" }).click();
    await phone.page.locator("#answer", { hasText: "approved" }).waitFor();
    same((await pending()).length, 0, "approvals that still wait");
  });

  await must("under the kill switch a purchase is refused", async () => {
    await maya.goto("/limits");
    await button(/^Kill/).click();
    await button("Engage, keep protective stops").click();
    await maya.page.locator("#kills", { hasText: "everything" }).waitFor();
    await write({ side: "buy", type: "limit", quantity: 1, price: price.toFixed(2) });
    await send();
    await maya.page.getByText("kill_switch_engaged").waitFor();
  });
  await must("and `Close` on the position passes: a part of it at once", async () => {
    await maya.goto("/positions");
    await button(/^Close AAPL/).click();
    await maya.page.waitForURL((url) => url.pathname === "/ticket");
    expect(await maya.page.locator("input[name=side][value=sell]").isChecked(), "it does not sell");
    expect(Number(await maya.page.inputValue("input[name=quantity]")) > 10, "not all of it");
    await shots(gate, maya, "ticket-kill");
    await maya.page.fill("input[name=quantity]", "5");
    await send();
    await shown();
    await maya.page.locator("#order", { hasText: "filled" }).waitFor();
  });
  await must("and all the rest, which is above the threshold, once it is signed on the second device", async () => {
    await maya.goto("/positions");
    await button(/^Close AAPL/).click();
    await maya.page.waitForURL((url) => url.pathname === "/ticket");
    await send();
    await shown();
    await maya.page.locator("#order", { hasText: "held for approval" }).waitFor();
    const [id] = await pending();
    await phone.goto(`/approvals/${id}`);
    await phone.page.getByRole("button", { name: "Approve with a passkey" }).click();
    await maya.page.locator("#order", { hasText: "filled" }).waitFor();
    await until("nothing is held", async () => {
      await maya.goto("/positions");
      return (await maya.text()).includes("No position");
    });
  });
  await check("the activity tells it in plain words", async () => {
    await maya.goto("/activity");
    const text = await maya.text();
    for (const word of ["asked at the ticket to", "the owner at the ticket sold"]) {
      expect(text.includes(word), `no ${word} in ${text}`);
    }
  });
  await check("what was stated is taken back by one tap, without a step-up", async () => {
    await maya.goto("/ticket/limits");
    await button("Only close from now on").click();
    await maya.page.getByText("It only closes positions: no limits are stated for it.").waitFor();
  });
});
