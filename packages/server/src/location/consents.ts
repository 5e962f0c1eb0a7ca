import type { EventId, UserId } from "@jarvis/contract";
import type { BusMessage } from "../bus/bus.ts";
import type { Context } from "../context.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import { isWithin } from "./rules.ts";
import { findLastShare, listConsents } from "./sights-store.ts";

/** A change that no message told of counts after so long at the latest. */
const keptMs = 10_000;
const maxPeople = 200_000;

interface Given {
  readonly loadedMs: number;
  readonly consents: Awaited<ReturnType<typeof listConsents>>;
  /** Until when a friend is shown more than that. */
  readonly friendsUntilMs: number;
}

export interface SharedNow {
  readonly events: readonly EventId[];
  /** Beside events, to some friend. */
  readonly withFriends: boolean;
}

/** Whether memory keeps how somebody came where they are: events show it, a share with a friend does not. */
export function keepsPath({ events }: Pick<SharedNow, "events">): boolean {
  return events.length > 0;
}

/** Where each person shows where they are: what every fix of theirs has to know. */
export class Consents {
  readonly #ctx: Context;
  readonly #given = new BoundedMap<UserId, Given>(maxPeople);
  #changes = 0;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  heard(message: BusMessage): void {
    const { type } = message;
    if (type === "sharing_changed" || type === "share_changed" || type === "member_left")
      this.forget(message.user);
    else if (message.type === "bus_gap" && message.channels === null) this.#forgetAll();
  }

  #forgetAll(): void {
    this.#changes++;
    this.#given.deleteWhere(() => true);
  }

  forget(user: UserId): void {
    this.#changes++;
    this.#given.delete(user);
  }

  /** Where they share at this instant; undefined where the store has to be asked. */
  peek(user: UserId): SharedNow | undefined {
    const given = this.#given.get(user);
    if (given === undefined || this.#ctx.clock.monotonic() - given.loadedMs >= keptMs) return undefined;
    const now = this.#ctx.clock.now();
    const events: EventId[] = [];
    for (const consent of given.consents) if (isWithin(consent, now)) events.push(consent.event_id);
    return { events, withFriends: now < given.friendsUntilMs };
  }

  async of(user: UserId): Promise<SharedNow> {
    for (;;) {
      const known = this.peek(user);
      if (known !== undefined) return known;
      const changes = this.#changes;
      const { clock, db } = this.#ctx;
      const loadedMs = clock.monotonic();
      const consents = await listConsents(db.read, user, clock.now());
      const friendsUntilMs = (await findLastShare(db.read, user))?.until_ms ?? 0;
      if (changes === this.#changes) this.#given.set(user, { loadedMs, consents, friendsUntilMs });
    }
  }
}
