import { type EventId, locationWindow, type UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";

const batch = 500;
const { beforeMs, afterMs } = locationWindow;

/** Fixes made for an event that nobody can ever see again: outside its window, or without consent that holds now. */
const endedFixes = prepared((db, p: { now: number }) =>
  db
    .deleteFrom("fix")
    .where((outer) =>
      outer(
        outer.refTuple("user_id", "event_id"),
        "in",
        outer
          .selectFrom("fix as f")
          .select(["f.user_id", "f.event_id"])
          .where("f.event_id", ">", "")
          .where((eb) =>
            eb.not(
              eb.exists(
                eb
                  .selectFrom("sharing as s")
                  .innerJoin("event as e", "e.id", "s.event_id")
                  .innerJoin("event as h", "h.id", "e.group_id")
                  .select("s.user_id")
                  .whereRef("s.event_id", "=", "f.event_id")
                  .whereRef("s.user_id", "=", "f.user_id")
                  .where("s.state", "=", "on")
                  .where("s.until_ms", ">", p.now)
                  .where("e.cancelled", "=", 0)
                  .where("h.cancelled", "=", 0)
                  .where((row) => row(row("e.start_ms", "-", beforeMs), "<=", p.now))
                  .where((row) =>
                    row(row(row("e.start_ms", "+", row.ref("e.duration_ms")), "+", afterMs), ">", p.now),
                  ),
              ),
            ),
          )
          .limit(batch)
          .$asTuple("user_id", "event_id"),
      ),
    )
    .returning(["user_id", "event_id"]),
);

export interface DeletedFixes {
  readonly rows: readonly { user_id: UserId; event_id: EventId | "" }[];
  /** There may be more. */
  readonly isMore: boolean;
}

function deleted(rows: DeletedFixes["rows"]): DeletedFixes {
  return { rows, isMore: rows.length === batch };
}

/** Some of them. */
export async function deleteEndedFixes(sql: Sql, now: number): Promise<DeletedFixes> {
  return deleted(await endedFixes.all(sql, { now }));
}

const oldFixes = prepared((db, p: { before: number }) =>
  db
    .deleteFrom("fix")
    .where((outer) =>
      outer(
        outer.refTuple("user_id", "event_id"),
        "in",
        outer
          .selectFrom("fix as f")
          .select(["f.user_id", "f.event_id"])
          .where("f.event_id", "=", "")
          .where("f.at_ms", "<=", p.before)
          .limit(batch)
          .$asTuple("user_id", "event_id"),
      ),
    )
    .returning(["user_id", "event_id"]),
);

/** Some of the general fixes made until then. */
export async function deleteOldFixes(sql: Sql, beforeMs: number): Promise<DeletedFixes> {
  return deleted(await oldFixes.all(sql, { before: beforeMs }));
}

const expired = prepared((db, p: { now: number }) =>
  db
    .selectFrom("sharing")
    .select(["event_id", "user_id"])
    .where("until_ms", "is not", null)
    .where("until_ms", "<=", p.now)
    .limit(batch),
);

/** Consent that has run out. */
export function listExpiredSharing(sql: Sql, now: number): Promise<{ event_id: EventId; user_id: UserId }[]> {
  return expired.all(sql, { now });
}
