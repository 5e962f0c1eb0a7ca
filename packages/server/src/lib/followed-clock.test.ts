import { expect, test } from "bun:test";
import { movedClock } from "../../test/support/clock.ts";
import { pause } from "./clock.ts";
import { FollowedClock } from "./followed-clock.ts";

function scene(skewMs: number) {
  const own = movedClock();
  const warned: string[] = [];
  const state = { skewMs, tookMs: 0, isDown: false, asked: 0 };
  const ask = async () => {
    state.asked++;
    if (state.isDown) throw new Error("down");
    await pause(own, state.tookMs / 2);
    const answer = own.now() + state.skewMs;
    await pause(own, state.tookMs / 2);
    return answer;
  };
  const log = { error() {}, debug() {}, info() {}, warn: (_: object, text: string) => warned.push(text) };
  return { own, state, warned, clock: new FollowedClock(own, ask, log) };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** Lets the clock be asked, `afterMs` from now, and the answer take its time. */
async function asked({ own, state }: ReturnType<typeof scene>, afterMs: number): Promise<void> {
  own.advance(afterMs);
  for (let half = 0; half < 2; half++) {
    await settled();
    own.advance(state.tookMs / 2);
  }
  await settled();
}

test.each([-240_000, 0, 240_000])(
  "two clocks %p ms apart tell the same time, also over a slow line",
  async (skew) => {
    const one = scene(skew);
    const { own, state, clock } = one;
    state.tookMs = 800;
    const first = clock.follow();
    await asked(one, 0);
    await first;
    expect(clock.now()).toBe(own.now() + skew);
    state.skewMs -= 7;
    await asked(one, 10_000);
    expect(clock.now()).toBe(own.now() + skew - 7);
    clock.stop();
  },
);

test("what came too late says nothing, and where nobody answers, what was known goes on", async () => {
  const one = scene(5_000);
  const { own, state, warned, clock } = one;
  const first = clock.follow();
  await asked(one, 0);
  await first;
  expect(warned).toEqual(["this machine's clock is not the store's, which counts"]);
  Object.assign(state, { skewMs: 90_000, tookMs: 2_001 });
  await asked(one, 10_000);
  expect(clock.now()).toBe(own.now() + 5_000);
  Object.assign(state, { isDown: true, tookMs: 0 });
  await asked(one, 10_000);
  expect(warned.at(-1)).toBe("the store did not say what time it is");
  expect(clock.now()).toBe(own.now() + 5_000);
  Object.assign(state, { isDown: false, skewMs: 6_000 });
  await asked(one, 10_000);
  expect(clock.now()).toBe(own.now() + 6_000);
  clock.stop();
});

test("asks no more once it is stopped", async () => {
  const one = scene(0);
  const { state, clock } = one;
  const first = clock.follow();
  await asked(one, 0);
  await first;
  clock.stop();
  await asked(one, 60_000);
  expect(state.asked).toBe(1);
});
