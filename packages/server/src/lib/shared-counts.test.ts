import { describe, expect, test } from "bun:test";
import { type MovedClock, movedClock } from "../../test/support/clock.ts";
import { type Counts, SharedCounts, type Verdict } from "./shared-counts.ts";

/** What several servers share, with windows of its own; `tookMs` is how long an answer takes. */
class Store implements Counts {
  asked = 0;
  isDown = false;
  isSilent = false;
  readonly keys = new Set<string>();
  readonly #clock: MovedClock;
  readonly #windows = new Map<string, { total: number; endsMs: number }>();

  constructor(clock: MovedClock) {
    this.#clock = clock;
  }

  add(key: string, amount: number, windowMs: number) {
    this.asked++;
    if (this.isDown) throw new Error("down");
    if (this.isSilent) return Promise.withResolvers<never>().promise;
    return Promise.resolve(this.#added(key, amount, windowMs));
  }

  #added(key: string, amount: number, windowMs: number) {
    this.keys.add(key);
    const now = this.#clock.monotonic();
    const known = this.#windows.get(key);
    const window = known && known.endsMs > now ? known : { total: 0, endsMs: now + windowMs };
    window.total += amount;
    this.#windows.set(key, window);
    return { total: window.total, leftMs: window.endsMs - now };
  }
}

const small = { name: "signIn", points: 10, seconds: 60 };
const large = { name: "search", points: 100, seconds: 60 };

function scene(nodes: number) {
  const clock = movedClock();
  const store = new Store(clock);
  return { clock, store, nodes: Array.from({ length: nodes }, () => new SharedCounts(store, clock)) };
}

function allowed(verdicts: readonly (Verdict | null)[]): number {
  return verdicts.filter((verdict) => verdict?.isAllowed).length;
}

/** So many uses, one after another, at one server after another. */
async function use(nodes: readonly SharedCounts[], rate: typeof small, times: number, who = "ann") {
  const verdicts: (Verdict | null)[] = [];
  for (let i = 0; i < times; i++) verdicts.push((await nodes[i % nodes.length]?.take(rate, who, 1)) ?? null);
  return verdicts;
}

describe("case 79: what several servers count together", () => {
  test("lets 0.9 of a rate through wherever it is used, and of 1.5 no more than a tenth too many", async () => {
    for (const rate of [small, large]) {
      const { nodes } = scene(2);
      expect(allowed(await use(nodes, rate, 0.9 * rate.points, "ann"))).toBe(0.9 * rate.points);
      const passed = allowed(await use(nodes, rate, 1.5 * rate.points, "bob"));
      expect(passed).toBeGreaterThanOrEqual(rate.points);
      expect(passed).toBeLessThanOrEqual(1.1 * rate.points);
    }
  });

  test("is exact where one server is used, and at all of them together where a rate is small", async () => {
    const { nodes } = scene(3);
    expect(allowed(await use(nodes.slice(0, 1), large, 150))).toBe(100);
    expect(allowed(await use(nodes, small, 30))).toBe(10);
    const atOnce = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => (await nodes[i % 3]?.take(small, "bob", 1)) ?? null),
    );
    expect(allowed(atOnce)).toBe(10);
  });

  test("begins anew with its window, says when that is, and asks no more until then", async () => {
    const { clock, store, nodes } = scene(2);
    await use(nodes, small, 10);
    clock.advance(20_000);
    const [first, second] = await use(nodes, small, 2);
    expect([first, second]).toEqual([
      { isAllowed: false, leftMs: 40_000 },
      { isAllowed: false, leftMs: 40_000 },
    ]);
    const { asked } = store;
    expect(allowed(await use(nodes, small, 100))).toBe(0);
    expect(store.asked).toBeLessThanOrEqual(asked);
    clock.advance(40_000);
    expect(allowed(await use(nodes, small, 12))).toBe(10);
  });

  test("of several at once takes all or nothing, and nothing of those that were refused", async () => {
    const { nodes } = scene(2);
    const [a, b] = nodes;
    expect((await a?.take(small, "ann", 8))?.isAllowed).toBe(true);
    expect((await b?.take(small, "ann", 3))?.isAllowed).toBe(false);
    await Promise.resolve();
    expect((await b?.take(small, "ann", 2))?.isAllowed).toBe(true);
    expect((await a?.take(small, "ann", 1))?.isAllowed).toBe(false);
  });

  test("asks not for every use of a large rate, and tells nobody who is counted", async () => {
    const { store, nodes } = scene(1);
    await use(nodes, large, 60, "192.0.2.7");
    expect(store.asked).toBeLessThanOrEqual(10);
    for (const key of store.keys) expect(key).toMatch(/^rate:search:[\w-]{22}$/);
  });

  test("decides nothing while the store is away, or silent for 50 ms; then nobody waits again for a while", async () => {
    const { clock, store, nodes } = scene(1);
    const [node] = nodes;
    store.isDown = true;
    expect(await node?.take(small, "ann", 1)).toBeNull();
    Object.assign(store, { isDown: false, isSilent: true });
    const waits = node?.take(small, "ann", 1);
    clock.advance(49);
    expect(await Promise.race([waits, Promise.resolve("waits")])).toBe("waits");
    clock.advance(1);
    expect(await waits).toBeNull();
    const { asked } = store;
    expect(await node?.take(small, "ann", 1)).toBeNull();
    expect(store.asked).toBe(asked);
    store.isSilent = false;
    clock.advance(1_000);
    expect((await node?.take(small, "ann", 1))?.isAllowed).toBe(true);
  });

  test("checks without counting", async () => {
    const { nodes } = scene(2);
    const [a, b] = nodes;
    for (let i = 0; i < 20; i++) expect((await a?.check(small, "ann"))?.isAllowed).toBe(true);
    await use(nodes, small, 10);
    expect((await b?.check(small, "ann"))?.isAllowed).toBe(false);
  });
});
