import * as fc from "fast-check";
import { seedCast } from "../matrix/cast.ts";
import { inParallel } from "../matrix/cells.ts";
import type { World } from "../world.ts";

const names = [
  "eventId",
  "eventId[]",
  "event",
  "id",
  "id[]",
  "user",
  "user_id",
  "owner",
  "where",
  "where[owner][$ne]",
  "filter",
  "$ne",
  "__proto__",
  "__proto__[id]",
  "constructor",
  "status",
  "from",
  "to",
  "limit",
  "cursor",
  "expand",
  "q",
  "after",
  "before",
  "include",
  "select",
];

const part = fc.tuple(
  fc.constantFrom(...names),
  fc.constantFrom(
    "THEIRS",
    "OWNER",
    "MINE",
    "*",
    "%",
    "_",
    "1",
    "0",
    "200",
    "",
    "null",
    "$ne",
    "user",
    "active",
  ),
);

/** Asks the caller's lists with filters that would widen them, and says which answers show what is not the caller's. */
export async function widenLists(world: World, seed: number, count: number): Promise<string[]> {
  const cast = await seedCast(world.server.ctx, "stranger", "open");
  const { me, owner, event, foreign } = cast;
  const paths = [
    `/user/${me.id}/events`,
    `/user/${me.id}`,
    `/user/${me.id}/friends`,
    `/user/${me.id}/blocks`,
    `/user/${me.id}/friend_requests`,
    "/user",
  ];
  const words: Record<string, string> = { THEIRS: foreign, OWNER: owner.id, MINE: event };
  const draft = fc.tuple(fc.constantFrom(...paths), fc.array(part, { minLength: 1, maxLength: 5 }));
  const leaks: string[] = [];
  await inParallel(fc.sample(draft, { seed, numRuns: count }), async ([path, parts]) => {
    const query = parts.map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(words[value] ?? value)}`,
    );
    const url = `${path}?${query.join("&")}`;
    const answer = await world.call("GET", url, undefined, { authorization: `Bearer ${me.token}` });
    const text = JSON.stringify(answer.body["response"] ?? null);
    const others = [owner.id, cast.guest.id, event, foreign].filter((id) => text.includes(id));
    if (others.length > 0 || (answer.status !== 200 && answer.status !== 400))
      leaks.push(`${url}: ${answer.status} ${text}`);
  });
  return leaks;
}
