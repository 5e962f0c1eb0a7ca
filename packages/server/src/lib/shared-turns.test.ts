import { expect, test } from "bun:test";
import { SharedTurns } from "./shared-turns.ts";

test("lets one of those who wait go on in each turn of the event loop, in their order", async () => {
  const turns = new SharedTurns();
  const heard: string[] = [];
  let stopped = false;
  const look = (): void => {
    heard.push("turn");
    if (!stopped) setImmediate(look);
  };
  setImmediate(look);
  const work = async (name: string) => {
    for (let step = 0; step < 3; step++) {
      await turns.next();
      heard.push(name);
    }
  };
  await Promise.all([work("a"), work("b"), work("c")]);
  stopped = true;
  expect(heard.filter((what) => what !== "turn")).toEqual(["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
  // Between any two of them everything else had its turn.
  for (const [index, what] of heard.entries())
    if (what !== "turn" && index > 0) expect(heard[index - 1]).toBe("turn");
});
