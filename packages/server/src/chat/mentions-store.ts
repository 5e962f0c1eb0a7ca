import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";

interface Place {
  event: EventId;
  seq: number;
}

const set = prepared((db, p: Place & { mentions: string | null }) =>
  db
    .updateTable("message")
    .set({ mentions: p.mentions })
    .where("event_id", "=", p.event)
    .where("seq", "=", p.seq),
);

const insert = prepared((db, p: Place & { user: UserId }) =>
  db.insertInto("mention").values({ event_id: p.event, user_id: p.user, seq: p.seq }),
);

const remove = prepared((db, p: Place & { users: readonly UserId[] }) =>
  db
    .deleteFrom("mention")
    .where("event_id", "=", p.event)
    .where(inList("user_id", p.users))
    .where("seq", "=", p.seq),
);

/** Whom a message names from now on, in place of whom it named before. */
export async function updateMentions(
  sql: Sql,
  place: Place,
  before: readonly UserId[],
  after: readonly UserId[],
): Promise<void> {
  if (before.length > 0) await remove.run(sql, { ...place, users: before });
  for (const user of after) await insert.run(sql, { ...place, user });
  if (before.length + after.length === 0) return;
  await set.run(sql, { ...place, mentions: after.length === 0 ? null : JSON.stringify(after) });
}

const unread = prepared((db, p: { event: EventId; viewer: UserId; seq: number }) =>
  db
    .selectFrom("mention as n")
    .innerJoin("message as m", (join) =>
      join.onRef("m.event_id", "=", "n.event_id").onRef("m.seq", "=", "n.seq"),
    )
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("n.event_id", "=", p.event)
    .where("n.user_id", "=", p.viewer)
    .where("n.seq", ">", p.seq)
    .where((eb) => eb.or([eb("m.author_id", "is", null), eb("m.author_id", "!=", p.viewer)]))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("absence as a")
            .select("a.from_entry")
            .where("a.event_id", "=", p.event)
            .where("a.user_id", "=", p.viewer)
            .whereRef("a.from_message", "<=", "n.seq")
            .where((inner) =>
              inner.or([inner("a.to_message", "is", null), inner("a.to_message", ">=", inner.ref("n.seq"))]),
            ),
        ),
      ),
    ),
);

/** How many messages of others after `seq` name the viewer, of those that they may read. */
export async function countUnreadMentions(
  sql: Sql,
  place: { event: EventId; viewer: UserId; seq: number },
): Promise<number> {
  return (await unread.first(sql, place))?.count ?? 0;
}
