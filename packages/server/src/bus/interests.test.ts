import { expect, test } from "bun:test";
import { movedClock } from "../../test/support/clock.ts";
import { Interests } from "./interests.ts";

function interests() {
  const clock = movedClock();
  const changes: string[] = [];
  const all: Interests = new Interests(clock, (channel) =>
    changes.push(`${all.has(channel) ? "+" : "-"}${channel}`),
  );
  return { clock, changes, all };
}

test("a channel is given up once the last who wanted it has let go, and nobody came for half a minute", () => {
  const { clock, changes, all } = interests();
  const [one, two] = [all.take("x"), all.take("x")];
  one();
  clock.advance(60_000);
  expect([changes, all.has("x")]).toEqual([["+x"], true]);
  two();
  clock.advance(29_999);
  expect(changes).toEqual(["+x"]);
  clock.advance(1);
  expect([changes, all.has("x"), all.size]).toEqual([["+x", "-x"], false, 0]);
});

test("letting go twice takes nothing from whoever else wants it", () => {
  const { clock, all } = interests();
  const [one] = [all.take("x"), all.take("x")];
  one();
  one();
  clock.advance(60_000);
  expect(all.has("x")).toBe(true);
});

test("whoever comes back in time has missed nothing: it was heard all along", () => {
  const { clock, changes, all } = interests();
  all.take("x")();
  clock.advance(20_000);
  all.take("x");
  clock.advance(60_000);
  expect([changes, all.all()]).toEqual([["+x"], ["x"]]);
});
