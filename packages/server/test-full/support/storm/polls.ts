import { voteIn } from "../../../src/polls/rules.ts";
import { type Caller, column, Register } from "./register.ts";

const hour = 3_600;
const kinds = ["yes", "if_needed", "no"] as const;

/** A poll with two options; gives its id and theirs. */
export async function openPoll(owner: Caller, people: readonly Caller[], from: number) {
  const body = { name: "Walk", duration: hour, people: people.map(({ id }) => id) };
  const { id } = (await owner.call("POST", "/event", body)).response;
  const options = [{ start_time: from }, { start_time: from + 24 * hour }];
  const offered = (await owner.call("POST", `/event/${id}/options`, { options })).response;
  return { id: String(id), options: [String(offered[0].id), String(offered[1].id)] as const };
}

type OpenPoll = Awaited<ReturnType<typeof openPoll>>;

export function votes(name: string, voter: Caller, { id, options }: OpenPoll): Register {
  return new Register(
    name,
    "/",
    (n) => {
      const [first, second] = [kinds[n % 3], kinds[(n >> 1) % 3]];
      const body = { [options[0]]: first, [options[1]]: second };
      return { value: `${first}/${second}`, send: () => voter.call("PUT", `/event/${id}/votes`, body) };
    },
    (db) => {
      const [said = ""] = column(
        db,
        "select votes from poll_vote where event_id = ? and user_id = ?",
        id,
        voter.id,
      );
      return options.map((option) => voteIn(said, slotOf(db, option)) ?? "").join("/");
    },
  );
}

function slotOf(db: Parameters<typeof column>[0], option: string): number {
  return Number(column(db, "select slot from poll_option where id = ?", option)[0]);
}

/** An option comes, is voted on, and goes with the vote. */
export function option(owner: Caller, voter: Caller, { id, options }: OpenPoll, from: number): Register {
  const added = async () => {
    const { response } = await owner.call("GET", `/event/${id}/options`);
    return response.options.find((one: { id: string }) => !options.includes(one.id))?.id;
  };
  return new Register(
    "option",
    "-",
    async (n, now) => {
      const start = from + (2 + n) * 24 * hour;
      if (now === "-")
        return {
          value: `${start}:undefined`,
          send: () => owner.call("POST", `/event/${id}/options`, { options: [{ start_time: start }] }),
        };
      const other = await added();
      if (now.endsWith(":undefined"))
        return {
          value: now.replace("undefined", "yes"),
          send: () => voter.call("PUT", `/event/${id}/votes`, { [other]: "yes" }),
        };
      return { value: "-", send: () => owner.call("DELETE", `/event/${id}/options/${other}`) };
    },
    (db) => {
      const rows = db
        .query<{ start_ms: number; slot: number; votes: string | null }, string[]>(
          `select o.start_ms, o.slot, v.votes from poll_option o
           left join poll_vote v on v.event_id = o.event_id and v.user_id = ?
           where o.event_id = ? and o.id not in (?, ?)`,
        )
        .all(voter.id, id, ...options);
      return rows.map((row) => `${row.start_ms / 1_000}:${voteIn(row.votes ?? "", row.slot)}`).join() || "-";
    },
  );
}

/** The time is fixed from one option, then from the other: the event's time and the choice go together. */
export function activation(owner: Caller, { id, options }: OpenPoll, from: number): Register {
  return new Register(
    "activation",
    "null/null",
    (n) => {
      const start = from + (n % 2) * 24 * hour;
      const body = { option: options[n % 2 === 0 ? 0 : 1] };
      return {
        value: `${start}/${start}`,
        send: () => owner.call("POST", `/event/${id}/activate`, body),
      };
    },
    (db) =>
      column(
        db,
        `select ifnull(e.start_ms / 1000, 'null') || '/' || ifnull(o.start_ms / 1000, 'null') from event e
         left join poll p on p.event_id = e.id left join poll_option o on o.id = p.chosen where e.id = ?`,
        id,
      ).join(),
  );
}

/** Consent, with another range each time, and taken back. */
export function consent(person: Caller, { id }: OpenPoll, from: number): Register {
  return new Register(
    "consent",
    "-",
    (n) => {
      const range = { from: from + n * hour, to: from + (n + 24) * hour };
      const body = n % 3 === 2 ? { share: false } : { share: true, ...range };
      return {
        value: body.share ? `${range.from}-${range.to}` : "-",
        send: () => person.call("PUT", `/event/${id}/availability`, body),
      };
    },
    (db) =>
      column(
        db,
        "select (from_ms / 1000) || '-' || (to_ms / 1000) from availability where event_id = ? and user_id = ?",
        id,
        person.id,
      ).join() || "-",
  );
}
