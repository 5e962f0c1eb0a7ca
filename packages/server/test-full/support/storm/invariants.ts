import type { Database as SqliteFile } from "bun:sqlite";

/** What is never in a store, whatever befell the server: a name, and a statement that finds it. */
const never: Readonly<Record<string, string>> = {
  "a vote for an option that is not there": `
    with recursive slot(n) as (select 0 union all select n + 1 from slot where n < 199)
    select v.event_id from poll_vote v join slot on substr(v.votes, slot.n + 1, 1) not in ('', '-')
    where not exists (select 1 from poll_option o where o.event_id = v.event_id and o.slot = slot.n)`,
  "a vote of somebody who is not there": `
    select v.event_id from poll_vote v where not exists (
      select 1 from participant p where p.event_id = v.event_id and p.user_id = v.user_id and p.state = 'in')`,
  "an occurrence without a part": `
    select e.id from event e where e.kind = 'occurrence' and not exists (
      select 1 from series_part p where p.series_id = e.group_id and p.from_ms <= e.original_start_ms)`,
  "an occurrence without its series": `
    select e.id from event e where e.kind = 'occurrence' and not exists (
      select 1 from event s where s.id = e.group_id and s.kind = 'series')`,
  "a series without an occurrence": `
    select s.id from event s where s.kind = 'series' and not exists (
      select 1 from event e where e.group_id = s.id and e.kind = 'occurrence')`,
  "a part without a series": `
    select p.series_id from series_part p where not exists (
      select 1 from event s where s.id = p.series_id and s.kind = 'series')`,
  "an answer to an occurrence that is not there": `
    select o.event_id from occurrence_rsvp o where not exists (
      select 1 from event e where e.id = o.event_id and e.kind = 'occurrence')`,
  "an answer of somebody who is not there": `
    select o.event_id from occurrence_rsvp o where not exists (
      select 1 from participant p where p.event_id = o.group_id and p.user_id = o.user_id and p.state = 'in')`,
  "a consent of somebody who is not there": `
    select a.event_id from availability a where not exists (
      select 1 from participant p where p.event_id = a.event_id and p.user_id = a.user_id and p.state = 'in')`,
  "one secret of a calendar without the other": `
    select user_id from feed group by user_id having count(*) <> 2 or count(distinct id) <> 1 or count(distinct kind) <> 2`,
  "what a client was told of a calendar that is not there": `
    select s.user_id from feed_snapshot s where not exists (select 1 from feed f where f.user_id = s.user_id)`,
  "a calendar of which nothing is kept": "select id from calendar where length(kept) = 0",
  "a calendar of nobody": `
    select id from calendar where not exists (select 1 from "user" u where u.id = calendar.user_id)`,
  "a grant without a calendar": `
    select calendar_id from google_calendar g where not exists (select 1 from calendar c where c.id = g.calendar_id)`,
};

/** What of that this store holds; nothing, if it is whole. */
export function brokenIn(db: SqliteFile): string[] {
  const [integrity] = db.query<[string], []>("PRAGMA integrity_check").values();
  const broken = Object.entries(never).flatMap(([name, text]) =>
    db
      .query<[string], []>(text)
      .values()
      .map(([id = ""]) => `${name}: ${String(id)}`),
  );
  const found = integrity?.[0] ?? "nothing";
  return found === "ok" ? broken : [`integrity: ${String(found)}`, ...broken];
}
