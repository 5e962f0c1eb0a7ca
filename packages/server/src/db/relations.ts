import type { UserId } from "@jarvis/contract";
import { type Expression, sql } from "kysely";
import type { Sql } from "./session.ts";

/** A person in a query: a parameter, or a column of the query around. */
type Person = UserId | Expression<UserId>;

/** The person in a column of the query around, for instance `user.id`. */
export function personIn(column: string): Expression<UserId> {
  return sql.ref<UserId>(column);
}

/** Rows exist where either of two people has blocked the other. */
export function blocksBetween(db: Sql, a: Person, b: Person) {
  return db
    .selectFrom("block as b")
    .select("b.user_id")
    .where((eb) =>
      eb.or([
        eb.and([eb("b.user_id", "=", a), eb("b.blocked_id", "=", b)]),
        eb.and([eb("b.user_id", "=", b), eb("b.blocked_id", "=", a)]),
      ]),
    );
}

/** The events that two people are in, as far as the first may know. */
export function commonEvents(db: Sql, mine: Person, theirs: Person) {
  return (
    db
      .selectFrom("participant as mine")
      .innerJoin("participant as theirs", "theirs.event_id", "mine.event_id")
      .select("mine.event_id")
      .where("mine.user_id", "=", mine)
      .where("theirs.user_id", "=", theirs)
      .where("mine.state", "=", "in")
      .where("theirs.state", "=", "in")
      .where("mine.delivered", "=", 1)
      .where("theirs.delivered", "=", 1)
      .where("mine.rsvp", "!=", "declined")
      .where("theirs.rsvp", "!=", "declined")
      // An unanswered invitation by e-mail does not tell whose account holds the address.
      .where((eb) => eb.or([eb("theirs.invitation_id", "is", null), eb("theirs.rsvp", "!=", "none")]))
  );
}
