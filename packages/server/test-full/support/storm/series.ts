import { type Caller, column, Register } from "./register.ts";

const hour = 3_600;
const week = 7 * 24 * hour;

/** A weekly series of six; gives its id. */
export async function openSeries(owner: Caller, people: readonly Caller[], from: number): Promise<string> {
  const { response } = await owner.call("POST", "/event", {
    name: "begun",
    start_time: from,
    duration: hour,
    time_zone: "UTC",
    recurrence: "FREQ=WEEKLY;COUNT=6",
    people: people.map(({ id }) => id),
  });
  return String(response.id);
}

const names = "select name from event where group_id = ? and kind = 'occurrence' order by original_start_ms";

/** Every occurrence, the part and the series itself have the name that all were given. */
export function renamed(owner: Caller, id: string): Register {
  return new Register(
    "all of a series",
    "begun,begun,begun",
    (n) => ({
      value: `all-${n},all-${n},all-${n}`,
      send: () => owner.call("PATCH", `/event/${id}?scope=all`, { name: `all-${n}` }),
    }),
    (db) =>
      [
        ...new Set(column(db, names, id)),
        ...column(db, "select name from series_part where series_id = ?", id),
        ...column(db, "select name from event where id = ?", id),
      ].join(),
  );
}

/** From one occurrence on, another each time, they have another name: the series is split there. */
export function split(owner: Caller, id: string, from: number): Register {
  return new Register(
    "following",
    Array.from({ length: 6 }, () => "begun/begun").join(),
    (n, now) => {
      const at = 1 + ((n * 3) % 5);
      const value = now.split(",").map((name, index) => (index < at ? name : `f${n}/f${n}`));
      const path = `/event/${id}_${from + at * week}?scope=following`;
      return { value: value.join(), send: () => owner.call("PATCH", path, { name: `f${n}` }) };
    },
    (db) =>
      column(
        db,
        `select e.name || '/' || (select p.name from series_part p where p.series_id = e.group_id
           and p.from_ms <= e.original_start_ms order by p.from_ms desc limit 1)
         from event e where e.group_id = ? and e.kind = 'occurrence' order by e.original_start_ms`,
        id,
      ).join(),
  );
}

/** Six, nine, six: occurrences come and go with the rule. */
export function ruled(owner: Caller, id: string): Register {
  return new Register(
    "rule",
    "6/FREQ=WEEKLY;COUNT=6/FREQ=WEEKLY;COUNT=6",
    (n) => {
      const count = n % 2 === 0 ? 9 : 6;
      const recurrence = `FREQ=WEEKLY;COUNT=${count}`;
      return {
        value: `${count}/${recurrence}/${recurrence}`,
        send: () => owner.call("PATCH", `/event/${id}?scope=all`, { recurrence }),
      };
    },
    (db) =>
      [
        column(db, names, id).length,
        ...column(db, "select rule from series_part where series_id = ? order by from_ms desc limit 1", id),
        ...column(db, "select recurrence from event where id = ?", id),
      ].join("/"),
  );
}

/** One's answer to one occurrence. */
export function answer(person: Caller, id: string, from: number): Register {
  const occurrence = `${id}_${from + 2 * week}`;
  return new Register(
    "occurrence's rsvp",
    "-",
    (n) => {
      const status = ["accepted", "maybe", "declined"][n % 3] ?? "";
      return { value: status, send: () => person.call("PUT", `/event/${occurrence}/rsvp`, { status }) };
    },
    (db) =>
      column(
        db,
        "select rsvp from occurrence_rsvp where event_id = ? and user_id = ?",
        occurrence,
        person.id,
      ).join() || "-",
  );
}
