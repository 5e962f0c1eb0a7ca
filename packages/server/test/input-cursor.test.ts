import { expect, test } from "bun:test";
import { encodeCursor } from "../src/lib/cursor.ts";
import { newEvent } from "./support/events.ts";
import { createWorld } from "./support/world.ts";

const odd = [-1, 0, -0, 0.5, 2 ** 53, 1e300, -1e300, null, "", "\u0000", "\ud800", "x".repeat(100), [], {}];

test("case 16: a cursor that somebody wrote themselves is refused or leads somewhere, and never fails the server", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const { id: chat } = await newEvent(world, ann);
  const lists = {
    [`/user/${ann.id}/events`]: (value: unknown) => ({ list: "events", start: value, id: value ?? chat }),
    [`/user/${ann.id}/events?limit=1`]: (value: unknown) => ({ list: "events", start: value, id: chat }),
    [`/user/${ann.id}/friends`]: (value: unknown) => ({ list: "friends", after: value }),
    [`/user/${ann.id}/blocks`]: (value: unknown) => ({ list: "blocks", after: value }),
    [`/chat/${chat}/messages`]: (value: unknown) => ({ chat, after: value }),
    [`/chat/${chat}/messages?limit=1`]: (value: unknown) => ({ chat, before: value }),
    "/user?q=ann": (value: unknown) => ["users", value, value],
  };
  for (const [path, forge] of Object.entries(lists)) {
    for (const value of odd) {
      const cursor = encodeCursor(forge(value));
      const { status } = await ann.call("GET", `${path}${path.includes("?") ? "&" : "?"}cursor=${cursor}`);
      expect({ path, value, status: status === 200 ? 400 : status }).toEqual({ path, value, status: 400 });
    }
  }
});
