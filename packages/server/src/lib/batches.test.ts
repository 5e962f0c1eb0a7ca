import { describe, expect, test } from "bun:test";
import { movedClock } from "../../test/support/clock.ts";
import { Batches } from "./batches.ts";

function collecting(size = 100) {
  const clock = movedClock();
  const written: number[][] = [];
  const state = { failures: 0, fails: false, gate: Promise.resolve() };
  const batches = new Batches<number>({
    clock,
    everyMs: 500,
    size,
    write: async (batch) => {
      await state.gate;
      if (state.fails) throw new Error("the disk is full");
      written.push(batch());
    },
    failed: () => state.failures++,
  });
  return { clock, written, state, batches };
}

describe("batches", () => {
  test("are written a moment later, of each key the newest", async () => {
    const { clock, written, batches } = collecting();
    batches.put("a", 1);
    batches.put("b", 2);
    batches.put("a", 3);
    clock.advance(499);
    expect(written).toEqual([]);
    clock.advance(1);
    await batches.flush();
    expect(written).toEqual([[3, 2]]);
    expect(batches.size).toBe(0);
  });

  test("are on the disk when a flush resolves, also of two who waited for the same one before", async () => {
    const { written, state, batches } = collecting();
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    state.gate = gates[0]?.promise ?? state.gate;
    batches.put("a", 1);
    const first = batches.flush();
    batches.put("b", 2);
    const resolved: number[] = [];
    const later = [1, 2].map(async (one) => {
      await batches.flush();
      resolved.push(written.length);
      return one;
    });
    state.gate = gates[1]?.promise ?? state.gate;
    gates[0]?.resolve();
    await first;
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect({ written, resolved }).toEqual({ written: [[1]], resolved: [] });
    gates[1]?.resolve();
    await Promise.all(later);
    expect({ written, resolved }).toEqual({ written: [[1], [2]], resolved: [2, 2] });
  });

  test("are no larger than they may be, and a flush writes all that is in", async () => {
    const { written, batches } = collecting(2);
    for (let i = 0; i < 5; i++) batches.put(String(i), i);
    await batches.flush();
    expect(written).toEqual([[0, 1], [2, 3], [4]]);
  });

  test("what could not be written stays, unless something newer came, and is tried again", async () => {
    const { clock, written, state, batches } = collecting();
    state.fails = true;
    batches.put("a", 1);
    batches.put("b", 2);
    const refused = batches.flush().catch(String);
    batches.put("b", 3);
    expect(await refused).toBe("Error: the disk is full");
    expect([state.failures, batches.get("a"), batches.get("b")]).toEqual([1, 1, 3]);
    state.fails = false;
    clock.advance(500);
    await batches.flush();
    expect(written.flat().toSorted()).toEqual([1, 3]);
  });

  test("what was deleted while its batch waited for its turn is not written", async () => {
    const { written, state, batches } = collecting();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    batches.put("a", 1);
    batches.put("b", 2);
    const flushing = batches.flush();
    batches.delete("a");
    gate.resolve();
    await flushing;
    expect(written).toEqual([[2]]);
  });

  test("a flush includes what came while another was being written", async () => {
    const { written, state, batches } = collecting();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    batches.put("a", 1);
    const first = batches.flush();
    batches.put("b", 2);
    const second = batches.flush();
    gate.resolve();
    await Promise.all([first, second]);
    expect(written).toEqual([[1], [2]]);
  });
});
