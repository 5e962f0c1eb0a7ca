import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { chatId, me, SmallServer } from "../../test/support/small-server.ts";
import { openSmallWorld, settle, turns } from "../../test/support/small-world.ts";
import { memoryStorage } from "./storage.ts";
import type { Store } from "./store.ts";

const step = fc.record({
  does: fc.constantFrom(
    "say",
    "send",
    "delete",
    "run",
    "drop",
    "reset",
    "hold",
    "answer",
    "read",
    "wait",
    "restart",
  ),
  by: fc.integer({ min: 1, max: 5 }),
});

test("whatever breaks, the store ends where a fresh one would, and shows every own message once all the while", async () => {
  const done = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const storage = memoryStorage();
      const server = new SmallServer();
      let world = openSmallWorld({ storage, self: me }, server);
      const sent: string[] = [];
      const watch = () => {
        const { store } = world;
        store.subscribe(() => {
          const keys = store.timeline(chatId).map(({ key }) => key);
          expect(keys).toEqual([...new Set(keys)]);
        });
      };
      watch();
      for (const { does, by } of steps) {
        done.set(does, (done.get(does) ?? 0) + 1);
        if (does === "say") server.say("theirs");
        else if (does === "send") sent.push(world.store.send(chatId, "mine"));
        else if (does === "delete") server.delete(by);
        else if (does === "run") server.run(by);
        else if (does === "drop") server.drop(by > 3 ? 1012 : 1006);
        else if (does === "reset") server.reset();
        else if (does === "hold") server.held = !server.held;
        else if (does === "answer") server.answer(by);
        else if (does === "read") world.store.read(chatId, by);
        else if (does === "wait") world.clock.advance(by * 100);
        else {
          await turns(); // what was sent is in the storage
          world.store.close();
          server.drop();
          world = openSmallWorld({ storage, self: me }, server);
          watch();
        }
        await turns();
      }
      await settle(world);
      const fresh = openSmallWorld({}, server);
      await settle(fresh);
      expect(held(world.store)).toEqual(held(fresh.store));
      expect(world.store.getSnapshot().outgoing).toEqual([]);
      expect(server.messages.flatMap(({ client_id }) => client_id ?? []).toSorted()).toEqual(sent.toSorted());
      fresh.store.close();
      world.store.close();
    }),
    { numRuns: 1_000 },
  );
  for (const fault of ["drop", "reset", "hold", "restart"]) expect(done.get(fault)).toBeGreaterThan(10);
}, 60_000);

/** The chat, but for what it says of others' reading. */
function held(store: Store) {
  const chat = store.getSnapshot().events[chatId]?.chat;
  return { ...chat, read: chat?.read[me] };
}
