import type { UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import { commonEvents } from "../db/relations.ts";
import type { FriendRequestTable } from "../db/schema.ts";

type Pair = { user: UserId; other: UserId };

const friendsAmong = prepared((db, p: { user: UserId; ids: readonly UserId[] }) =>
  db
    .selectFrom("friendship")
    .select("friend_id as id")
    .where("user_id", "=", p.user)
    .where(inList("friend_id", p.ids)),
);

export function listFriendsAmong(sql: Sql, user: UserId, ids: readonly UserId[]) {
  return friendsAmong.all(sql, { user, ids });
}

const blockedAmong = prepared((db, p: { user: UserId; ids: readonly UserId[] }) =>
  db
    .selectFrom("block")
    .select("blocked_id as id")
    .where("user_id", "=", p.user)
    .where(inList("blocked_id", p.ids))
    .union(
      db
        .selectFrom("block")
        .select("user_id as id")
        .where("blocked_id", "=", p.user)
        .where(inList("user_id", p.ids)),
    ),
);

/** Blocked in either direction. */
export function listBlockedAmong(sql: Sql, user: UserId, ids: readonly UserId[]) {
  return blockedAmong.all(sql, { user, ids });
}

const blockedOf = prepared((db, p: { user: UserId }) =>
  db
    .selectFrom("block")
    .select("blocked_id as id")
    .where("user_id", "=", p.user)
    .union(db.selectFrom("block").select("user_id as id").where("blocked_id", "=", p.user)),
);

export function listBlockedOf(sql: Sql, user: UserId) {
  return blockedOf.all(sql, { user });
}

const commonEvent = prepared((db, p: Pair) => commonEvents(db, p.user, p.other).limit(1));

/** True when both take part in one event, as far as the first may know. */
export async function isInSameEvent(sql: Sql, user: UserId, other: UserId): Promise<boolean> {
  return (await commonEvent.first(sql, { user, other })) !== undefined;
}

const user = prepared((db, p: { id: UserId }) =>
  db.selectFrom("user").select(["id", "username"]).where("id", "=", p.id),
);

export function findUser(sql: Sql, id: UserId) {
  return user.first(sql, { id });
}

const friendCount = prepared((db, p: { user: UserId }) =>
  db
    .selectFrom("friendship")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("user_id", "=", p.user),
);

export async function countFriends(sql: Sql, id: UserId): Promise<number> {
  return (await friendCount.first(sql, { user: id }))?.count ?? 0;
}

const friendPage = prepared((db, p: { user: UserId; after: string; limit: number }) =>
  db
    .selectFrom("friendship")
    .innerJoin("user", "user.id", "friendship.friend_id")
    .select(["user.id", "user.username"])
    .where("friendship.user_id", "=", p.user)
    .where("friendship.friend_id", ">", p.after as UserId) // the empty text comes before every id
    .orderBy("friendship.friend_id")
    .limit(p.limit),
);

export function listFriends(sql: Sql, id: UserId, after: string, limit: number) {
  return friendPage.all(sql, { user: id, after, limit });
}

/** Both directions at once: a friendship has no side. */
export async function insertFriendship(sql: Sql, a: UserId, b: UserId, since_ms: number): Promise<void> {
  await sql
    .insertInto("friendship")
    .values([
      { user_id: a, friend_id: b, since_ms },
      { user_id: b, friend_id: a, since_ms },
    ])
    .execute();
}

export async function deleteFriendship(sql: Sql, a: UserId, b: UserId): Promise<boolean> {
  const deleted = await sql
    .deleteFrom("friendship")
    .where((eb) =>
      eb.or([eb("user_id", "=", a).and("friend_id", "=", b), eb("user_id", "=", b).and("friend_id", "=", a)]),
    )
    .executeTakeFirst();
  return deleted.numDeletedRows > 0n;
}

export function findRequest(sql: Sql, to: UserId, from: UserId): Promise<FriendRequestTable | undefined> {
  return sql
    .selectFrom("friend_request")
    .selectAll()
    .where("to_id", "=", to)
    .where("from_id", "=", from)
    .executeTakeFirst();
}

export async function upsertRequest(sql: Sql, row: FriendRequestTable): Promise<void> {
  const { state, created_ms, declined_ms } = row;
  await sql
    .insertInto("friend_request")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["to_id", "from_id"]).doUpdateSet({ state, created_ms, declined_ms }),
    )
    .execute();
}

export async function deleteRequest(sql: Sql, to: UserId, from: UserId): Promise<void> {
  await sql.deleteFrom("friend_request").where("to_id", "=", to).where("from_id", "=", from).execute();
}

export function listIncoming(sql: Sql, id: UserId) {
  return sql
    .selectFrom("friend_request as r")
    .innerJoin("user", "user.id", "r.from_id")
    .select(["user.id", "user.username", "r.created_ms"])
    .where("r.to_id", "=", id)
    .where("r.state", "=", "pending")
    .orderBy("r.created_ms", "desc")
    .orderBy("user.id")
    .limit(1_000)
    .execute();
}

/** A declined or hidden request looks open to its author; a withdrawn one is only remembered. */
export function listOutgoing(sql: Sql, id: UserId) {
  return sql
    .selectFrom("friend_request as r")
    .innerJoin("user", "user.id", "r.to_id")
    .select(["user.id", "user.username", "r.created_ms"])
    .where("r.from_id", "=", id)
    .where("r.state", "!=", "withdrawn")
    .orderBy("r.created_ms", "desc")
    .orderBy("user.id")
    .limit(1_000)
    .execute();
}

export async function insertBlock(
  sql: Sql,
  id: UserId,
  blocked: UserId,
  created_ms: number,
): Promise<boolean> {
  const inserted = await sql
    .insertInto("block")
    .values({ user_id: id, blocked_id: blocked, created_ms })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function deleteBlock(sql: Sql, id: UserId, blocked: UserId): Promise<boolean> {
  const deleted = await sql
    .deleteFrom("block")
    .where("user_id", "=", id)
    .where("blocked_id", "=", blocked)
    .executeTakeFirst();
  return deleted.numDeletedRows > 0n;
}

const blockPage = prepared((db, p: { user: UserId; after: string; limit: number }) =>
  db
    .selectFrom("block")
    .innerJoin("user", "user.id", "block.blocked_id")
    .select(["user.id", "user.username"])
    .where("block.user_id", "=", p.user)
    .where("block.blocked_id", ">", p.after as UserId) // the empty text comes before every id
    .orderBy("block.blocked_id")
    .limit(p.limit),
);

export function listBlocks(sql: Sql, id: UserId, after: string, limit: number) {
  return blockPage.all(sql, { user: id, after, limit });
}

export async function listBlockersOf(sql: Sql, id: UserId): Promise<UserId[]> {
  const rows = await sql.selectFrom("block").select("user_id").where("blocked_id", "=", id).execute();
  return rows.map(({ user_id }) => user_id);
}

/** Those who have asked this person and see it among their open requests. */
export async function listAskers(sql: Sql, id: UserId): Promise<UserId[]> {
  const rows = await sql
    .selectFrom("friend_request")
    .select("from_id")
    .where("to_id", "=", id)
    .where("state", "!=", "withdrawn")
    .execute();
  return rows.map(({ from_id }) => from_id);
}

/** Everybody among whose friends, requests or blocks this person stands. */
export async function listThoseWhoList(sql: Sql, id: UserId): Promise<UserId[]> {
  const friends = await sql.selectFrom("friendship").select("friend_id").where("user_id", "=", id).execute();
  const asked = await sql
    .selectFrom("friend_request")
    .select("to_id")
    .where("from_id", "=", id)
    .where("state", "=", "pending")
    .execute();
  const people = [
    ...friends.map(({ friend_id }) => friend_id),
    ...asked.map(({ to_id }) => to_id),
    ...(await listAskers(sql, id)),
    ...(await listBlockersOf(sql, id)),
  ];
  return [...new Set(people)];
}
