import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";

/** Who wrote something has a `client_id` there, by which it is found; rows say where to look. */
const wroteIn = prepared((db, p: { user: UserId }) =>
  db
    .selectFrom("participant as p")
    .select("p.event_id")
    .where("p.user_id", "=", p.user)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("message as m")
          .select("m.seq")
          .whereRef("m.event_id", "=", "p.event_id")
          .where("m.author_id", "=", p.user)
          .where("m.client_id", "is not", null),
      ),
    ),
);

/** Events in which messages bear this person's name, of events long left too. */
export async function listWrittenIn(sql: Sql, user: UserId): Promise<EventId[]> {
  return (await wroteIn.all(sql, { user })).map(({ event_id }) => event_id);
}

/** Not where people see an address alone: who is behind it is nobody's business until it is answered. */
const namedIn = prepared((db, p: { user: UserId }) =>
  db
    .selectFrom("participant")
    .select("event_id")
    .where("user_id", "=", p.user)
    .where("state", "=", "in")
    .where("delivered", "=", 1)
    .where((eb) => eb.or([eb("invitation_id", "is", null), eb("rsvp", "!=", "none")])),
);

/** Events whose people see this person among them by name. */
export async function listNamedIn(sql: Sql, user: UserId): Promise<EventId[]> {
  return (await namedIn.all(sql, { user })).map(({ event_id }) => event_id);
}

/** Invitations that have reached nobody show this person to the inviter alone. */
const hiddenIn = prepared((db, p: { user: UserId }) =>
  db
    .selectFrom("participant")
    .select(["event_id", "invited_by"])
    .where("user_id", "=", p.user)
    .where("state", "=", "in")
    .where("delivered", "=", 0)
    .where("invitation_id", "is", null),
);

export function listHiddenIn(sql: Sql, user: UserId): Promise<{ event_id: EventId; invited_by: UserId }[]> {
  return hiddenIn.all(sql, { user });
}
