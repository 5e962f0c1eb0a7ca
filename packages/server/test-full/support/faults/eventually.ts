/** Tries until it is done, whatever fails in between. */
export async function eventually(attempt: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  let reason: unknown;
  while (performance.now() < endMs) {
    try {
      if (await attempt()) return;
    } catch (error) {
      reason = error;
    }
    await Bun.sleep(200);
  }
  throw new Error(`not done within ${withinMs} ms`, { cause: reason });
}
