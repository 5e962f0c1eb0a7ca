import type { UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";

interface Search {
  viewer: UserId;
  nameKey: string;
  emailKey: string;
  /** Names from here … to, the end excluded, among friends and fellow participants only; equal: none. */
  fromKey: string;
  toKey: string;
  /** The last one of the page before. */
  afterKey: string;
  afterId: string;
  limit: number;
}

function findable(db: Sql, p: Search) {
  const byName = db
    .selectFrom("user")
    .select("id")
    .where("username_key", "=", p.nameKey)
    .where("findable", "=", 1);
  const byAddress = db
    .selectFrom("user")
    .select("id")
    .where("email_key", "=", p.emailKey)
    .where("email_confirmed", "=", 1)
    .where("findable_by_email", "=", 1);
  return byName.union(byAddress);
}

/** Goes from the names to the relations: a name has few bearers, a person may have met very many people. */
function known(db: Sql, p: Search) {
  return db
    .selectFrom("user")
    .select("id")
    .where("username_key", ">=", p.fromKey)
    .where("username_key", "<", p.toKey)
    .where((eb) => eb.or([eb.exists(friendship(db, p)), eb.exists(commonEvent(db, p))]));
}

function friendship(db: Sql, p: Search) {
  return db
    .selectFrom("friendship")
    .select("friend_id")
    .where("user_id", "=", p.viewer)
    .whereRef("friend_id", "=", db.dynamic.ref("user.id"));
}

function commonEvent(db: Sql, p: Search) {
  return (
    db
      .selectFrom("participant as theirs")
      .innerJoin("participant as mine", "mine.event_id", "theirs.event_id")
      .select("theirs.event_id")
      .whereRef("theirs.user_id", "=", db.dynamic.ref("user.id"))
      .where("mine.user_id", "=", p.viewer)
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

/** Blocked in either direction. */
function block(db: Sql, p: Search) {
  const user = db.dynamic.ref("user.id");
  const byViewer = db
    .selectFrom("block")
    .select("user_id")
    .where("user_id", "=", p.viewer)
    .whereRef("blocked_id", "=", user);
  const ofViewer = db
    .selectFrom("block")
    .select("user_id")
    .where("blocked_id", "=", p.viewer)
    .whereRef("user_id", "=", user);
  return byViewer.unionAll(ofViewer);
}

const found = prepared((db, p: Search) =>
  db
    .selectFrom(findable(db, p).union(known(db, p)).as("found"))
    .innerJoin("user", "user.id", "found.id")
    .select(["user.id", "user.username", "user.username_key"])
    .where((eb) => eb.not(eb.exists(block(db, p))))
    .where((eb) =>
      eb.or([
        eb("user.username_key", ">", p.afterKey),
        eb("user.username_key", "=", p.afterKey).and("user.id", ">", p.afterId as UserId), // a place in the order
      ]),
    )
    .orderBy("user.username_key")
    .orderBy("user.id")
    .limit(p.limit),
);

/** People whom the viewer may find, blocked ones left out, by name. */
export function listFound(sql: Sql, search: Search) {
  return found.all(sql, search);
}
