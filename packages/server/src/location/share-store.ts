import type { UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import { blocksBetween, personIn } from "../db/relations.ts";
import type { FriendShareTable } from "../db/schema-shares.ts";

const one = prepared((db, p: { user: UserId; friend: UserId }) =>
  db.selectFrom("friend_share").selectAll().where("user_id", "=", p.user).where("friend_id", "=", p.friend),
);

export function findShare(sql: Sql, user: UserId, friend: UserId) {
  return one.first(sql, { user, friend });
}

const upsert = prepared((db, p: FriendShareTable) =>
  db
    .insertInto("friend_share")
    .values({
      user_id: p.user_id,
      friend_id: p.friend_id,
      precision: p.precision,
      since_ms: p.since_ms,
      until_ms: p.until_ms,
      viewed_ms: p.viewed_ms,
    })
    .onConflict((conflict) =>
      conflict.columns(["user_id", "friend_id"]).doUpdateSet((eb) => ({
        precision: eb.ref("excluded.precision"),
        since_ms: eb.ref("excluded.since_ms"),
        until_ms: eb.ref("excluded.until_ms"),
        viewed_ms: eb.ref("excluded.viewed_ms"),
      })),
    ),
);

export async function upsertShare(sql: Sql, share: FriendShareTable): Promise<void> {
  await upsert.run(sql, share);
}

const removal = prepared((db, p: { user: UserId; friend: UserId }) =>
  db
    .deleteFrom("friend_share")
    .where("user_id", "=", p.user)
    .where("friend_id", "=", p.friend)
    .returning("until_ms"),
);

/** Gives until when it was to last; undefined where there was none. */
export async function deleteFriendShare(sql: Sql, user: UserId, friend: UserId): Promise<number | undefined> {
  return (await removal.first(sql, { user, friend }))?.until_ms;
}

const opened = prepared((db, p: { user: UserId; now: number }) =>
  db
    .selectFrom("friend_share")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("user_id", "=", p.user)
    .where("until_ms", ">", p.now),
);

export async function countOpenShares(sql: Sql, user: UserId, now: number): Promise<number> {
  return (await opened.first(sql, { user, now }))?.count ?? 0;
}

/** A share with all that decides whether it shows anything: read by one statement, so that no change comes between. */
function facts(db: Sql) {
  return db
    .selectFrom("friend_share as s")
    .leftJoin("fix as g", (on) => on.onRef("g.user_id", "=", "s.user_id").on("g.event_id", "=", ""))
    .select((eb) => [
      "s.user_id",
      "s.friend_id",
      "s.precision",
      "s.since_ms",
      "s.until_ms",
      "s.viewed_ms",
      "g.latitude",
      "g.longitude",
      "g.accuracy",
      "g.altitude",
      "g.speed",
      "g.heading",
      "g.battery",
      "g.at_ms",
      "g.received_ms",
      eb
        .exists(
          db
            .selectFrom("friendship as f")
            .select("f.user_id")
            .where("f.user_id", "=", personIn("s.user_id"))
            .where("f.friend_id", "=", personIn("s.friend_id")),
        )
        .as("friends"),
      eb.exists(blocksBetween(db, personIn("s.user_id"), personIn("s.friend_id"))).as("blocked"),
    ]);
}

const factsOf = prepared((db, p: { user: UserId; friend: UserId }) =>
  facts(db).where("s.user_id", "=", p.user).where("s.friend_id", "=", p.friend),
);
const factsToward = prepared((db, p: { friend: UserId }) =>
  facts(db).where("s.friend_id", "=", p.friend).orderBy("s.user_id"),
);
const factsFrom = prepared((db, p: { user: UserId }) => facts(db).where("s.user_id", "=", p.user));

export type ShareFacts = Awaited<ReturnType<typeof listFactsToward>>[number];

export function findFacts(sql: Sql, user: UserId, friend: UserId) {
  return factsOf.first(sql, { user, friend });
}

/** Whoever shows themselves to one friend. */
export function listFactsToward(sql: Sql, friend: UserId) {
  return factsToward.all(sql, { friend });
}

/** To whom one person shows themselves. */
export function listFactsFrom(sql: Sql, user: UserId) {
  return factsFrom.all(sql, { user });
}

const outgoing = prepared((db, p: { user: UserId; now: number }) =>
  db
    .selectFrom("friend_share as s")
    .innerJoin("user as u", "u.id", "s.friend_id")
    .select(["u.id", "u.username", "s.precision", "s.since_ms", "s.until_ms", "s.viewed_ms"])
    .where("s.user_id", "=", p.user)
    .where("s.until_ms", ">", p.now)
    .orderBy("s.friend_id"),
);

export function listOutgoing(sql: Sql, user: UserId, now: number) {
  return outgoing.all(sql, { user, now });
}

const incoming = prepared((db, p: { friend: UserId; now: number }) =>
  db
    .selectFrom("friend_share as s")
    .innerJoin("user as u", "u.id", "s.user_id")
    .select(["u.id", "u.username", "s.precision", "s.until_ms"])
    .where("s.friend_id", "=", p.friend)
    .where("s.until_ms", ">", p.now)
    .orderBy("s.user_id"),
);

export function listIncoming(sql: Sql, friend: UserId, now: number) {
  return incoming.all(sql, { friend, now });
}

export interface ShareKey {
  user_id: UserId;
  friend_id: UserId;
}

const expired = prepared((db, p: { now: number }) =>
  db.selectFrom("friend_share").select(["user_id", "friend_id"]).where("until_ms", "<=", p.now).limit(500),
);

/** Some of those that have run out. */
export function listExpired(sql: Sql, now: number): Promise<ShareKey[]> {
  return expired.all(sql, { now });
}

const looked = prepared((db, p: { user: UserId; friend: UserId; at: number }) =>
  db
    .updateTable("friend_share")
    .set({ viewed_ms: p.at })
    .where("user_id", "=", p.user)
    .where("friend_id", "=", p.friend),
);

export async function updateViewed(sql: Sql, user: UserId, friend: UserId, at: number): Promise<void> {
  await looked.run(sql, { user, friend, at });
}
