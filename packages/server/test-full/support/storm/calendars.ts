import { decodeBusy } from "../../../src/calendars/rules.ts";
import { sha256 } from "../../../src/lib/ids.ts";
import { type Caller, column, Register } from "./register.ts";

const hour = 3_600_000;

/** A file of so many hours, each on a day of its own. */
function calendarOf(count: number): Blob {
  const events = Array.from({ length: count }, (_, index) => {
    const start = new Date(Math.ceil(Date.now() / hour) * hour + (index + 1) * 24 * hour);
    const dtstart = start.toISOString().replace(/[-:]|\.000/g, "");
    return `BEGIN:VEVENT\r\nUID:${index}\r\nDTSTART:${dtstart}\r\nDURATION:PT1H\r\nEND:VEVENT\r\n`;
  });
  const text = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n${events.join("")}END:VCALENDAR\r\n`;
  return new Blob([text], { type: "text/calendar" });
}

/** A calendar is imported, and removed: with all of its times, or not at all. */
export function imported(name: string, person: Caller): Register {
  const path = `/user/${person.id}/calendars`;
  return new Register(
    name,
    "-",
    async (n, now) => {
      if (now === "-") {
        const count = 1 + (n % 5);
        return {
          value: `c${n}:${count}:${count}`,
          send: () => person.call("POST", `${path}?name=c${n}`, calendarOf(count)),
        };
      }
      const [calendar] = (await person.call("GET", path)).response;
      return { value: "-", send: () => person.call("DELETE", `${path}/${calendar.id}`) };
    },
    (db) => {
      const rows = db
        .query<{ name: string; events: number; busy: Uint8Array }, string[]>(
          "select name, events, busy from calendar where user_id = ?",
        )
        .all(person.id);
      const shown = rows.map(({ name, events, busy }) => `${name}:${events}:${decodeBusy(busy).length / 2}`);
      return shown.join() || "-";
    },
  );
}

/** A calendar's secret, made anew each time: the newest one opens it, and no other. */
export function rotated(person: Caller): Register {
  return new Register(
    "feed",
    "-",
    () => ({
      value: null,
      send: () => person.call("POST", `/user/${person.id}/calendar`),
      told: ({ secret }) => sha256(String(secret)).toHex().toUpperCase(),
    }),
    (db) =>
      column(db, "select hex(hash) from feed where user_id = ? and kind = 'calendar'", person.id).join() ||
      "-",
  );
}

const mostServed = 40;

/** A site whose calendar has one event more each time that it is asked for, and after forty begins again. */
export function startCalendarSite() {
  let count = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response(calendarOf((count = after(count)))),
  });
  return {
    host: server.url.host,
    url: `${server.url.origin}/a.ics`,
    served: () => count,
    next: () => after(count),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

function after(count: number): number {
  return (count % mostServed) + 1;
}

/** A calendar behind an address is read again: its events and its times go together. */
export async function refreshed(
  person: Caller,
  site: ReturnType<typeof startCalendarSite>,
): Promise<Register> {
  const path = `/user/${person.id}/calendars`;
  const { id } = (await person.call("POST", path, { url: site.url })).response;
  return new Register(
    "calendar behind an address",
    `${site.served()}:${site.served()}`,
    () => ({
      value: `${site.next()}:${site.next()}`,
      send: () => person.call("POST", `${path}/${id}/refresh`),
    }),
    (db) =>
      db
        .query<{ events: number; busy: Uint8Array }, string[]>(
          "select events, busy from calendar where id = ?",
        )
        .all(id)
        .map(({ events, busy }) => `${events}:${decodeBusy(busy).length / 2}`)
        .join(),
  );
}
