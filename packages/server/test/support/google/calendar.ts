import type { Json } from "../world.ts";
import { failures } from "./failure.ts";

export interface StandInEvent {
  id: string;
  status?: "confirmed" | "tentative" | "cancelled";
  recurringEventId?: string;
  [field: string]: Json;
}

interface Change {
  event: StandInEvent;
  change: number;
}

interface Listed {
  accessRole: string;
  selected?: boolean;
  primary?: boolean;
}

/** What may not stand beside a sync token (`events.list`). */
const restrictions =
  "iCalUID orderBy privateExtendedProperty q sharedExtendedProperty timeMin timeMax updatedMin".split(" ");

/** One calendar with its history: every change has a number, and a sync token says up to which one somebody has read. */
export class StandInCalendar {
  readonly id: string;
  readonly listed: Listed;
  timeZone = "Europe/Berlin";
  /** How many a page has at most, whatever is asked for: Google may answer fewer. */
  pageSize = 2_500;
  #changes = 0;
  #validFrom = 0;
  readonly #events = new Map<string, Change>();

  constructor(id: string, listed: Listed) {
    this.id = id;
    this.listed = listed;
  }

  put(...events: StandInEvent[]): void {
    for (const event of events) {
      // Titles and people are there as they are at Google: that they do not get out of here is what tests look at.
      const rest = { kind: "calendar#event", etag: '"1"', summary: "Secret plan", location: "Hideout 7" };
      const change = ++this.#changes;
      this.#events.delete(event.id);
      this.#events.set(event.id, { event: { ...rest, status: "confirmed", ...event }, change });
    }
  }

  /** Deletes an event; of a series all of it. Only the id is certain afterwards. */
  cancel(id: string): void {
    for (const [key, { event }] of this.#events) if (event.recurringEventId === id) this.#events.delete(key);
    const change = ++this.#changes;
    this.#events.delete(id);
    this.#events.set(id, { event: { id, status: "cancelled", kind: "calendar#event" }, change });
  }

  /** Deletes one instance of a series. */
  cancelInstance(master: string, original: Json): void {
    const id = `${master}_${String(original.dateTime ?? original.date).replaceAll(/[-:]/g, "")}`;
    const change = ++this.#changes;
    const event = { id, status: "cancelled" as const, recurringEventId: master, originalStartTime: original };
    this.#events.set(id, { event, change });
  }

  /** No sync token that was given until now is taken any more. */
  endSyncTokens(): void {
    this.#validFrom = ++this.#changes;
  }

  /** `events.list`, with `singleEvents` and `showDeleted` left at false. */
  list(query: URLSearchParams): Response | Record<string, Json> {
    const syncToken = query.get("syncToken");
    if (syncToken !== null && restrictions.some((name) => query.has(name))) return failures.badRestriction();
    if (query.get("singleEvents") === "true" || query.has("showDeleted"))
      return failures.badRequest("not played");
    const since = syncToken === null ? 0 : numbersIn(syncToken)[0];
    if (since === undefined) return failures.badRequest("Invalid sync token value.");
    if (syncToken !== null && since < this.#validFrom) return failures.gone();
    const [after = since, upTo = this.#changes] = numbersIn(query.get("pageToken") ?? "");
    const size = Math.min(Number(query.get("maxResults") ?? 250), 2_500, this.pageSize);
    const left = this.#between(after, upTo, syncToken === null ? query.get("timeMin") : undefined);
    const items = left.slice(0, size).map(({ event }) => withAttendees(event, query.get("maxAttendees")));
    // What changes while somebody pages is told the next time.
    const next =
      left.length > size
        ? { nextPageToken: `page-${left[size - 1]?.change}-${upTo}` }
        : { nextSyncToken: `sync-${upTo}` };
    return { kind: "calendar#events", summary: this.id, timeZone: this.timeZone, items, ...next };
  }

  /** In the order of their changes; of a full sync (`timeMin` is not undefined) without what is deleted or over. */
  #between(after: number, upTo: number, timeMin: string | null | undefined): Change[] {
    const changes = [...this.#events.values()].filter(({ change }) => change > after && change <= upTo);
    if (timeMin === undefined) return changes;
    return changes
      .filter(({ event }) => event.status !== "cancelled" || event.recurringEventId !== undefined)
      .filter(({ event }) => timeMin === null || !isOver(event, Date.parse(timeMin)));
  }
}

function numbersIn(token: string): number[] {
  return (token.match(/\d+/g) ?? []).map(Number);
}

/** A series is listed as long as it has instances that are not over; here all of them are. */
function isOver({ end, recurrence, status }: StandInEvent, ms: number): boolean {
  if (recurrence !== undefined || status === "cancelled") return false;
  return Date.parse(end?.dateTime ?? end?.date) <= ms;
}

/** With more than `maxAttendees` only the person themselves is shown. */
function withAttendees(event: StandInEvent, max: string | null): StandInEvent {
  const { attendees } = event;
  if (attendees === undefined || max === null || attendees.length <= Number(max)) return event;
  return { ...event, attendees: attendees.filter(({ self }: Json) => self === true), attendeesOmitted: true };
}
