import type { EventId } from "@jarvis/contract";
import type { Clock } from "../lib/clock.ts";
import { Earliest } from "../lib/earliest.ts";
import type { OnlinePerson } from "./online-person.ts";

interface Held {
  endMs: number | null;
  readonly members: Set<OnlinePerson>;
}

/** The events, neither passed nor cancelled, by which people who are online know each other; tells when one has passed. */
export class OnlineEvents {
  readonly #clock: Clock;
  readonly #passed: (members: Iterable<OnlinePerson>) => void;
  readonly #events = new Map<EventId, Held>();
  readonly #ends: Earliest;

  constructor(clock: Clock, passed: (members: Iterable<OnlinePerson>) => void) {
    this.#clock = clock;
    this.#passed = passed;
    this.#ends = new Earliest(clock, () => this.#look());
  }

  /** In these events, and no others. */
  enter(person: OnlinePerson, events: ReadonlyMap<EventId, number | null>): void {
    this.leave(person);
    person.events = [...events.keys()];
    for (const [event, endMs] of events) {
      const held = this.#events.get(event) ?? { endMs, members: new Set() };
      held.endMs = endMs;
      held.members.add(person);
      this.#events.set(event, held);
      if (endMs !== null) this.#ends.expect(endMs);
    }
  }

  leave(person: OnlinePerson): void {
    for (const event of person.events) {
      const members = this.#events.get(event)?.members;
      members?.delete(person);
      if (members?.size === 0) this.#events.delete(event);
    }
    person.events = [];
  }

  /** Nobody, once it has passed: the clock may be ahead of the timer. */
  membersOf(event: EventId): Iterable<OnlinePerson> {
    const held = this.#events.get(event);
    if (held === undefined || hasPassed(held, this.#clock.now())) return [];
    return held.members;
  }

  close(): void {
    this.#ends.close();
  }

  /** Gives when the next one ends. */
  #look(): number {
    const now = this.#clock.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const held of this.#events.values()) {
      if (hasPassed(held, now)) this.#passed(held.members);
      else if (held.endMs !== null) nextMs = Math.min(nextMs, held.endMs);
    }
    return nextMs;
  }
}

function hasPassed({ endMs }: Held, now: number): boolean {
  return endMs !== null && endMs <= now;
}
