// Waiting for a condition: looked at again and again, never longer than its limit.

const LOOK_MS = 25;
const LIMIT_MS = 45_000;

export async function until(what, condition, limit = LIMIT_MS) {
  const deadline = performance.now() + limit;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limit} ms`);
    await new Promise((again) => setTimeout(again, LOOK_MS));
  }
}
