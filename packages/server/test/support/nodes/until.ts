/** Resolves once it is so: asked in every turn of the loop, and after half a minute given up. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`not so within ${withinMs} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
