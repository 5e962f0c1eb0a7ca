import * as fc from "fast-check";
import { awayText, type Cast, messages, seedCast } from "../matrix/cast.ts";
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

/** Somebody who may see nothing of the event, and somebody who may see all of it but what was said while they were away. */
const askers = ["stranger", "readded"] as const;

/** Asks lists and searches with filters that would widen them, and says which answers have a row that is not the caller's. */
export async function widenLists(world: World, seed: number, count: number): Promise<string[]> {
  const leaks: string[] = [];
  for (const [index, persona] of askers.entries()) {
    const cast = await seedCast(world.server.ctx, persona, "open");
    const allowed = await allowedIds(world, cast);
    const draft = fc.tuple(fc.constantFrom(...listsOf(cast)), fc.array(part, { minLength: 1, maxLength: 5 }));
    const numRuns = Math.ceil(count / askers.length);
    const drafts = fc.sample(draft, { seed: seed + index, numRuns });
    await inParallel(drafts, async ([path, parts]) => {
      const url = urlOf(cast, path, parts);
      const headers = { authorization: `Bearer ${cast.me.token}` };
      const { status, body } = await world.call("GET", url, undefined, headers);
      const text = JSON.stringify(body["response"] ?? null);
      const strange = [...text.matchAll(uuids)].map(([id]) => id).filter((id) => !allowed.has(id));
      if (text.includes(awayText)) strange.push(awayText);
      // Asked for what comes after messages that are not there yet, a chat says to fetch afresh.
      const isAnswered = status === 200 || status === 400 || body["code"] === "reset";
      if (strange.length > 0 || !isAnswered) leaks.push(`${url}: ${status} ${strange.join()}`);
    });
  }
  return leaks;
}

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!@)/g;

function listsOf({ persona, me, owner, event }: Cast): string[] {
  const own = ["", "/schedule", "/events", "/friends", "/blocks", "/friend_requests", "/access", "/presence"];
  const lists = [...own.map((list) => `/user/${me.id}${list}`), "/user"];
  if (persona === "stranger") return lists;
  const theirs = [`/user/${owner.id}`, `/user/${owner.id}/schedule`, `/user/${owner.id}/presence`];
  const inEvent = ["/location_requests", "/locations", "/sharing", ""].map(
    (list) => `/event/${event}${list}`,
  );
  return [...lists, ...theirs, ...inEvent, `/chat/${event}`, `/chat/${event}/messages`];
}

/** Everything that the caller may be shown an id of. */
async function allowedIds(world: World, cast: Cast): Promise<Set<string>> {
  const { persona, me, owner, guest, asker, pal, device, event } = cast;
  const own = new Set<string>([me.id, me.session, asker.id, pal.id, device]);
  if (persona === "stranger") return own;
  const rows = await world.server.ctx.db.read
    .selectFrom("message")
    .select("id")
    .where("event_id", "=", event)
    .where("seq", "!=", messages.whileAway)
    .execute();
  const shown = await world.server.ctx.db.read
    .selectFrom("message_photo")
    .select("photo_id as id")
    .where("event_id", "=", event)
    .where("seq", "!=", messages.whileAway)
    .execute();
  return own.union(new Set([owner.id, guest.id, event, ...[...rows, ...shown].map(({ id }) => id)]));
}

function urlOf({ foreign, owner, event }: Cast, path: string, parts: [string, string][]): string {
  const words: Record<string, string> = { THEIRS: foreign, OWNER: owner.id, MINE: event };
  const query = parts.map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(words[value] ?? value)}`,
  );
  return `${path}?${query.join("&")}`;
}
