import type { UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { Schema } from "../db/schema.ts";

type Snapshot = Schema["feed_snapshot"];

const byToken = prepared((db, p: { user: UserId; token: string }) =>
  db.selectFrom("feed_snapshot").selectAll().where("user_id", "=", p.user).where("token", "=", p.token),
);

export function findSnapshot(sql: Sql, user: UserId, token: string): Promise<Snapshot | undefined> {
  return byToken.first(sql, { user, token });
}

const toldAt = prepared((db, p: { user: UserId; token: string }) =>
  db.selectFrom("feed_snapshot").select("told_ms").where("user_id", "=", p.user).where("token", "=", p.token),
);

export async function findToldMs(sql: Sql, user: UserId, token: string): Promise<number | undefined> {
  return (await toldAt.first(sql, { user, token }))?.told_ms;
}

const calendars = prepared((db, p: { user: UserId }) =>
  db.selectFrom("feed").select("id").where("user_id", "=", p.user).where("kind", "=", "calendar"),
);

export async function hasCalendar(sql: Sql, user: UserId): Promise<boolean> {
  return (await calendars.first(sql, { user })) !== undefined;
}

const last = prepared((db, p: { user: UserId }) =>
  db
    .selectFrom("feed_snapshot")
    .select("told_ms")
    .where("user_id", "=", p.user)
    .orderBy("told_ms", "desc")
    .limit(1),
);

export async function findLastTold(sql: Sql, user: UserId): Promise<number | undefined> {
  return (await last.first(sql, { user }))?.told_ms;
}

const put = prepared((db, p: Snapshot) =>
  db
    .insertInto("feed_snapshot")
    .values({ user_id: p.user_id, token: p.token, told_ms: p.told_ms, objects: p.objects })
    .onConflict((conflict) => conflict.columns(["user_id", "token"]).doUpdateSet({ told_ms: p.told_ms })),
);

export async function upsertSnapshot(sql: Sql, snapshot: Snapshot): Promise<void> {
  await put.run(sql, snapshot);
}

const beyond = prepared((db, p: { user: UserId; kept: number }) =>
  db
    .deleteFrom("feed_snapshot")
    .where("user_id", "=", p.user)
    .where("token", "not in", (eb) =>
      eb
        .selectFrom("feed_snapshot as s")
        .select("s.token")
        .where("s.user_id", "=", p.user)
        .orderBy("s.told_ms", "desc")
        .limit(p.kept),
    ),
);

/** Keeps those that were told last. */
export async function deleteOlderSnapshots(sql: Sql, user: UserId, kept: number): Promise<void> {
  await beyond.run(sql, { user, kept });
}

const all = prepared((db, p: { user: UserId }) =>
  db.deleteFrom("feed_snapshot").where("user_id", "=", p.user),
);

export async function deleteSnapshotsOf(sql: Sql, user: UserId): Promise<void> {
  await all.run(sql, { user });
}

const until = prepared((db, p: { untilMs: number }) =>
  db.deleteFrom("feed_snapshot").where("told_ms", "<=", p.untilMs),
);

export async function deleteSnapshotsToldUntil(sql: Sql, untilMs: number): Promise<void> {
  await until.run(sql, { untilMs });
}
