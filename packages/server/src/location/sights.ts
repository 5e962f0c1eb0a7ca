import { type EventId, eventStream, type StreamId, type UserId } from "@jarvis/contract";
import type { BusMessage, EntryAppended } from "../bus/bus.ts";
import type { Context } from "../context.ts";
import { groupOf } from "../lib/ids.ts";
import { EventSight, type Sharer, type Viewing } from "./sight.ts";
import {
  type AudienceRow,
  findSightFacts,
  listAudienceOf,
  listAudiences,
  listAudiencesWith,
  listSightBlocks,
  listSightPeople,
} from "./sights-store.ts";

/** A change that no message told of counts after so long at the latest. */
const keptMs = 10_000;
const maxEvents = 4_096;
/** Of events up to this size all audiences are read at once. */
const smallEvent = 64;
/** Pairs of people that are remembered; beyond it all of them are read anew. */
const maxPairs = 1_000_000;
/** Entries that say nothing of who sees whom, where, or under which name. */
const indifferent = new Set([
  "message",
  "message_edited",
  "message_deleted",
  "reaction",
  "pin",
  "location_request",
  "travel",
]);

interface Loading {
  readonly event: EventId;
  isStale: boolean;
  readonly loaded: Promise<EventSight | null>;
}

/**
 * Who sees whom, remembered for each event that is looked at. It is forgotten in the same turn in which the bus tells of a
 * commit that may have changed any of it; whatever is being read at that moment is read again.
 */
export class Sights {
  readonly #ctx: Context;
  readonly #events = new Map<EventId, EventSight>();
  readonly #groups = new Map<EventId, Set<EventId>>();
  readonly #ofPerson = new Map<UserId, Set<EventId>>();
  readonly #loading = new Map<EventId, Loading>();
  readonly #recall: (users: readonly UserId[]) => Promise<void>;
  /** What other nodes say of the events that are remembered, where people are included. */
  readonly #follows = new Map<EventSight, () => void>();
  #pairs = 0;

  /** `recall` sees to it that memory knows where these people are. */
  constructor(ctx: Context, recall: (users: readonly UserId[]) => Promise<void>) {
    this.#ctx = ctx;
    this.#recall = recall;
  }

  get size(): number {
    return this.#events.size;
  }

  heard(message: BusMessage): void {
    if (message.type === "entry") this.#heardEntry(message);
    else if (message.type === "sharing_changed") this.forget(message.event);
    else if (message.type === "member_joined" || message.type === "member_left")
      this.#forgetGroup(message.event);
    else if (message.type === "bus_gap") this.#doubt(message.channels);
  }

  /** Of this, or of everything, a change may have been missed. */
  #doubt(channels: readonly StreamId[] | null): void {
    if (channels === null) {
      for (const event of this.#events.keys()) this.forget(event);
      for (const loading of this.#loading.values()) loading.isStale = true;
    } else
      for (const channel of channels)
        if (channel.startsWith("event:")) this.#forgetGroup(channel.slice(eventPrefix) as EventId);
  }

  #heardEntry({ stream, kind }: EntryAppended): void {
    if (kind === "message" || indifferent.has(kind)) return;
    if (stream.startsWith("event:")) return this.#forgetGroup(stream.slice(eventPrefix) as EventId); // an event's stream
    if (kind === "block" || kind === "profile") this.forgetPerson(stream.slice(userPrefix) as UserId); // a user's stream
  }

  forget(event: EventId): void {
    const sight = this.#events.get(event);
    if (sight !== undefined) this.#drop(sight);
    const loading = this.#loading.get(event);
    if (loading !== undefined) loading.isStale = true;
  }

  #forgetGroup(group: EventId): void {
    for (const event of this.#groups.get(group) ?? []) this.forget(event);
    for (const loading of this.#loading.values())
      if (groupOf(loading.event) === group) loading.isStale = true;
  }

  forgetPerson(user: UserId): void {
    for (const event of this.#ofPerson.get(user) ?? []) this.forget(event);
    for (const loading of this.#loading.values()) loading.isStale = true;
  }

  /** What is known at this instant, without a look at the store. */
  peek(event: EventId): EventSight | undefined {
    const sight = this.#events.get(event);
    if (sight === undefined) return undefined;
    if (this.#ctx.clock.monotonic() - sight.loadedMs < keptMs) return sight;
    this.#drop(sight);
    return undefined;
  }

  /** Null where there is no such event. It stands in the turn in which this resolves. */
  async of(event: EventId): Promise<EventSight | null> {
    for (;;) {
      const sight = this.peek(event) ?? (await this.#load(event));
      if (sight === null || !sight.isStale) return sight;
    }
  }

  /** With the audience of one sharer; null where nobody shares under that name. */
  async ofSharer(event: EventId, user: UserId): Promise<{ sight: EventSight; sharer: Sharer } | null> {
    for (;;) {
      const sight = await this.of(event);
      const sharer = sight?.sharers.get(user);
      if (sight === null || sharer === undefined) return null;
      if (sharer.viewings !== null) return { sight, sharer };
      const rows = await listAudienceOf(this.#ctx.db.read, event, user);
      if (sight.isStale) continue;
      this.#fill(sight, sharer, rows);
      return { sight, sharer };
    }
  }

  /** How one person sees everybody who ever consented. */
  async ofViewer(
    event: EventId,
    user: UserId,
  ): Promise<{ sight: EventSight; seen: { sharer: Sharer; viewing: Viewing }[] } | null> {
    for (;;) {
      const sight = await this.of(event);
      if (sight === null) return null;
      const sharers = [...sight.sharers.values()];
      if (sharers.every(({ viewings }) => viewings !== null)) {
        const seen = sharers.flatMap((sharer) => {
          const viewing = sharer.viewings?.get(user);
          return viewing === undefined ? [] : [{ sharer, viewing }];
        });
        return { sight, seen };
      }
      const rows = await listAudiencesWith(this.#ctx.db.read, event, user);
      if (!sight.isStale) return { sight, seen: seenIn(sight, rows) };
    }
  }

  async #load(event: EventId): Promise<EventSight | null> {
    const known = this.#loading.get(event);
    if (known !== undefined && !known.isStale) return known.loaded;
    const { promise, resolve, reject } = Promise.withResolvers<EventSight | null>();
    const loading: Loading = { event, isStale: false, loaded: promise };
    this.#loading.set(event, loading);
    try {
      const sight = await this.#read(event);
      if (sight !== null && loading.isStale) sight.isStale = true;
      else if (sight !== null) this.#keep(sight);
      resolve(sight);
    } catch (error) {
      reject(error);
    } finally {
      if (this.#loading.get(event) === loading) this.#loading.delete(event);
    }
    return promise;
  }

  async #read(event: EventId): Promise<EventSight | null> {
    const { db, clock } = this.#ctx;
    const loadedMs = clock.monotonic();
    const facts = await findSightFacts(db.read, event);
    if (facts === undefined) return null;
    const people = await listSightPeople(db.read, event, facts.group_id);
    const sight = new EventSight(facts, people, await listSightBlocks(db.read, facts.group_id), loadedMs);
    await this.#recall([...sight.sharers.keys()]);
    if (people.length <= smallEvent) await this.#fillAll(sight);
    return sight;
  }

  async #fillAll(sight: EventSight): Promise<void> {
    const audiences = Map.groupBy(await listAudiences(this.#ctx.db.read, sight.id), (row) => row.sharer_id);
    for (const sharer of sight.sharers.values()) sight.fill(sharer, audiences.get(sharer.id) ?? []);
  }

  #fill(sight: EventSight, sharer: Sharer, rows: readonly AudienceRow[]): void {
    if (this.#pairs + rows.length > maxPairs)
      for (const other of this.#events.values()) if (other !== sight) this.#drop(other);
    sight.fill(sharer, rows);
    if (this.#events.get(sight.id) === sight) this.#pairs += rows.length;
  }

  #keep(sight: EventSight): void {
    const before = this.#events.get(sight.id);
    if (before !== undefined) this.#drop(before);
    this.#events.set(sight.id, sight);
    this.#follows.set(sight, this.#ctx.bus.follow(eventStream(sight.group)));
    this.#pairs += pairsOf(sight);
    addTo(this.#groups, sight.group, sight.id);
    for (const user of sight.people.keys()) addTo(this.#ofPerson, user, sight.id);
    while (this.#events.size > maxEvents || (this.#pairs > maxPairs && this.#events.size > 1)) {
      const [oldest] = this.#events.values();
      if (oldest !== undefined) this.#drop(oldest);
    }
  }

  #drop(sight: EventSight): void {
    sight.isStale = true;
    if (this.#events.get(sight.id) !== sight) return;
    this.#events.delete(sight.id);
    this.#follows.get(sight)?.();
    this.#follows.delete(sight);
    this.#pairs -= pairsOf(sight);
    deleteFrom(this.#groups, sight.group, sight.id);
    for (const user of sight.people.keys()) deleteFrom(this.#ofPerson, user, sight.id);
  }
}

const eventPrefix = eventStream("" as EventId).length; // the empty id is no event's
const userPrefix = "user:".length;

function seenIn(sight: EventSight, rows: readonly AudienceRow[]): { sharer: Sharer; viewing: Viewing }[] {
  return rows.flatMap((row) => {
    const sharer = sight.sharers.get(row.sharer_id);
    const viewing = sharer?.viewings?.get(row.viewer_id) ?? (sharer && sight.viewing(sharer, row));
    return sharer && viewing ? [{ sharer, viewing }] : [];
  });
}

function pairsOf(sight: EventSight): number {
  let count = 0;
  for (const { viewings } of sight.sharers.values()) count += viewings?.size ?? 0;
  return count;
}

function addTo<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const values = index.get(key);
  if (values === undefined) index.set(key, new Set([value]));
  else values.add(value);
}

function deleteFrom<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const values = index.get(key);
  if (values?.delete(value) && values.size === 0) index.delete(key);
}
