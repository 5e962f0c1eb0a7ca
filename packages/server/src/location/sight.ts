import type { EventId, Precision, UserId } from "@jarvis/contract";
import type { Times } from "../events/rules.ts";
import type { Point } from "./geometry.ts";
import { Passes } from "./passes.ts";
import { type Consent, nextViewMs, type Sight, sightAt, sightUntil } from "./rules.ts";
import type { AudienceRow, findSightFacts, SightPerson } from "./sights-store.ts";

/** One viewer of one sharer: what the rules are asked with, at each instant anew. */
export interface Viewing extends Sight {
  readonly id: UserId;
  /** Since when they have been in the audience. */
  readonly sinceMs: number;
  /** When they looked last, as far as it is written down or about to be. */
  viewedMs: number | null;
}

export interface Sharer {
  readonly id: UserId;
  readonly username: string;
  readonly consent: Consent & { precision: Precision };
  /** The audience; null where it has not been read: of many people that is done one by one. */
  viewings: Map<UserId, Viewing> | null;
  /** Null where none was given since the audience was read. */
  passes: Passes | null;
}

type Person = Pick<SightPerson, "id" | "username" | "state" | "delivered" | "rsvp"> & {
  /** Their place among the people of the event. */
  readonly seat: number;
};

const nobodysSeat = -1;

/** What decides who sees whom in one event, as it was committed when this was read. */
export class EventSight {
  readonly id: EventId;
  readonly group: EventId;
  readonly times: Times;
  readonly place: Point | null;
  readonly people = new Map<UserId, Person>();
  readonly sharers = new Map<UserId, Sharer>();
  readonly loadedMs: number;
  /** Something of it has changed: it is looked at no more. */
  isStale = false;
  /** Sharers whose audience has not been read. */
  #unread = 0;
  readonly #blocked: ReadonlySet<string>;

  constructor(
    facts: NonNullable<Awaited<ReturnType<typeof findSightFacts>>>,
    people: readonly SightPerson[],
    blocks: readonly { a: UserId; b: UserId }[],
    loadedMs: number,
  ) {
    const { id, group_id, start_ms, duration_ms, kind, cancelled } = facts;
    this.id = id;
    this.group = group_id;
    this.times = { start_ms, duration_ms, kind, cancelled };
    this.place = placeOf(facts.place_latitude, facts.place_longitude);
    this.loadedMs = loadedMs;
    this.#blocked = new Set(blocks.flatMap(({ a, b }) => [pairKey(a, b), pairKey(b, a)]));
    for (const person of people) this.#add(person);
    this.#unread = this.sharers.size;
  }

  /** Every sharer's audience has been read. */
  get isWhole(): boolean {
    return this.#unread === 0;
  }

  #add({ id, username, state, delivered, rsvp, sharing, precision, since_ms, until_ms }: SightPerson): void {
    this.people.set(id, { id, username, state, delivered, rsvp, seat: this.people.size });
    if (sharing === null || precision === null) return;
    const consent = { state: sharing, precision, since_ms, until_ms };
    this.sharers.set(id, { id, username, consent, viewings: null, passes: null });
  }

  seatOf(user: UserId): number {
    return this.people.get(user)?.seat ?? nobodysSeat;
  }

  /** They are shown a position, and the look is written down or about to be: neither is asked again while that stands. */
  letPass(sharer: Sharer, viewing: Viewing, now: number): void {
    if (viewing.viewedMs === null) return;
    sharer.passes ??= new Passes(this.people.size);
    const untilMs = Math.min(sightUntil(viewing, now), nextViewMs(viewing.viewedMs));
    sharer.passes.give(this.seatOf(viewing.id), now, untilMs);
  }

  viewing(sharer: Sharer, { viewer_id, since_ms, viewed_ms }: AudienceRow): Viewing | null {
    const [owner, viewer] = [this.people.get(sharer.id), this.people.get(viewer_id)];
    if (owner === undefined || viewer === undefined) return null;
    return {
      id: viewer_id,
      event: this.times,
      viewer,
      sharer: owner,
      consent: sharer.consent,
      inAudience: true,
      blocked: this.#blocked.has(pairKey(sharer.id, viewer_id)),
      sinceMs: since_ms,
      viewedMs: viewed_ms,
    };
  }

  /** Whose rows these are has been read as a whole. */
  fill(sharer: Sharer, rows: readonly AudienceRow[]): void {
    const viewings = new Map<UserId, Viewing>();
    for (const row of rows) {
      const viewing = this.viewing(sharer, row);
      if (viewing !== null) viewings.set(viewing.id, viewing);
    }
    if (sharer.viewings === null) this.#unread--;
    sharer.viewings = viewings;
    sharer.passes = null;
  }
}

/** Who of the audience may see the sharer at this instant. */
export function* viewersAt(sharer: Sharer, now: number): Iterable<Viewing> {
  for (const viewing of sharer.viewings?.values() ?? [])
    if (sightAt(viewing, now) !== "nothing") yield viewing;
}

function placeOf(latitude: number | null, longitude: number | null): Point | null {
  return latitude === null || longitude === null ? null : { latitude, longitude };
}

function pairKey(a: UserId, b: UserId): string {
  return `${a} ${b}`;
}
