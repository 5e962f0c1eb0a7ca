import { expect, test } from "bun:test";
import { FairQueue } from "./fair-queue.ts";

function recorder(queue: FairQueue) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const bring = (person: string, name: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.set(name, resolve);
    return queue.run(person, () => {
      begun.push(name);
      return promise;
    });
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, bring, settle, end: (name: string) => ends.get(name)?.() };
}

test("people take turns, and one has one piece of work at once", async () => {
  const { begun, bring, settle, end } = recorder(new FairQueue({ atOnce: 2, waitingOfOne: 9, waiting: 99 }));
  const all = ["a1", "a2", "a3", "b1", "c1"].map((name) => bring(name.slice(0, 1), name));
  await settle();
  expect(begun).toEqual(["a1", "b1"]);
  end("a1");
  await settle();
  expect(begun).toEqual(["a1", "b1", "a2"]); // c has come after a2, and both run as soon as there is room
  end("b1");
  await settle();
  expect(begun).toEqual(["a1", "b1", "a2", "c1"]);
  for (const name of ["a2", "a3", "c1"]) end(name);
  await Promise.all(all);
  expect(begun.at(-1)).toBe("a3");
});

test("work that fails makes room, and what is too much is refused", async () => {
  const queue = new FairQueue({ atOnce: 1, waitingOfOne: 1, waiting: 2 });
  const { promise, reject } = Promise.withResolvers<never>();
  const failing = queue.run("a", () => promise).catch(String);
  const waiting = queue.run("a", () => Promise.resolve("done"));
  const refused = await queue.run("a", () => Promise.resolve()).catch(String);
  expect(refused).toContain("unavailable");
  reject(new Error("broken"));
  expect(await failing).toContain("broken");
  expect(await waiting).toBe("done");
});
