import type { UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import { blocksBetween, commonEvents, personIn } from "../db/relations.ts";

/** The person whom the query around looks at. */
const candidate = personIn("user.id");

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
    .where((eb) => eb.or([eb.exists(friendship(db, p)), eb.exists(commonEvents(db, p.viewer, candidate))]));
}

function friendship(db: Sql, p: Search) {
  return db
    .selectFrom("friendship")
    .select("friend_id")
    .where("user_id", "=", p.viewer)
    .where("friend_id", "=", candidate);
}

const found = prepared((db, p: Search) =>
  db
    .selectFrom(findable(db, p).union(known(db, p)).as("found"))
    .innerJoin("user", "user.id", "found.id")
    .select(["user.id", "user.username", "user.username_key"])
    .where((eb) => eb.not(eb.exists(blocksBetween(db, p.viewer, candidate))))
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
