import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";

interface Commitments {
  users: readonly UserId[];
  /** What a time is being found for is no reason not to come to it. */
  except: EventId;
  fromMs: number;
  toMs: number;
}

const commitments = prepared((db, p: Commitments) =>
  db
    .selectFrom("participant as p")
    .innerJoin("event as e", "e.group_id", "p.event_id")
    .leftJoin("occurrence_rsvp as o", (join) =>
      join.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "p.user_id"),
    )
    .select(["p.user_id", "e.start_ms", "e.duration_ms"])
    .where(inList("p.user_id", p.users))
    .where("p.state", "=", "in")
    .where("p.delivered", "=", 1)
    .where("p.rsvp", "!=", "declined")
    .where((eb) => eb(eb.fn.coalesce("o.rsvp", "p.rsvp"), "=", "accepted"))
    .where("e.kind", "!=", "series")
    .where("e.cancelled", "=", 0)
    .where("e.id", "!=", p.except)
    .where("e.group_id", "!=", p.except)
    .where("e.start_ms", "<", p.toMs)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs)),
);

/** When these people have something on that they have accepted; of a series its occurrences. */
export function listCommitments(sql: Sql, range: Commitments) {
  return commitments.all(sql, range);
}
