import { expect, test } from "bun:test";
import { Outbox } from "./outbox.ts";

function receiver(writes: string[][]) {
  return { sendPosted: (texts: readonly string[]) => void writes.push([...texts]) };
}

test("what is posted to one connection while a commit is reported leaves in one write right after", async () => {
  const outbox = new Outbox();
  const [ann, bob]: [string[][], string[][]] = [[], []];
  const [toAnn, toBob] = [receiver(ann), receiver(bob)];
  for (const text of ["entry 1", "ack 1", "entry 2", "ack 2"]) outbox.post(toAnn, text);
  outbox.post(toBob, "entry 1");
  expect([ann, bob]).toEqual([[], []]);

  await Promise.resolve();

  expect([ann, bob]).toEqual([[["entry 1", "ack 1", "entry 2", "ack 2"]], [["entry 1"]]]);
});

test("whoever says something else flushes before, except to the one who does not hear it", async () => {
  const outbox = new Outbox();
  const [ann, bob]: [string[][], string[][]] = [[], []];
  const [toAnn, toBob] = [receiver(ann), receiver(bob)];
  outbox.post(toAnn, "1");
  outbox.post(toBob, "1");

  outbox.flushAll(toAnn);
  expect([ann, bob]).toEqual([[], [["1"]]]);

  outbox.post(toAnn, "2");
  outbox.flush(toAnn);
  expect(ann).toEqual([["1", "2"]]);
  await Promise.resolve();
  expect([ann, bob]).toEqual([[["1", "2"]], [["1"]]]);
});

test("a connection that has ended is written nothing, and a long post does not wait", async () => {
  const outbox = new Outbox();
  const [ann, bob]: [string[][], string[][]] = [[], []];
  const [toAnn, toBob] = [receiver(ann), receiver(bob)];
  outbox.post(toAnn, "1");
  outbox.drop(toAnn);
  const long = "x".repeat(9_000);
  outbox.post(toBob, long);
  outbox.post(toBob, long);
  expect(bob).toEqual([[long, long]]);
  await Promise.resolve();
  expect(ann).toEqual([]);
});
