import { type EventId, eventStream, type UserId } from "@jarvis/contract";
import type { BusChannel, BusMessage, MovedElsewhere } from "../bus/bus.ts";
import type { Context } from "../context.ts";
import { groupOf } from "../lib/ids.ts";
import type { TrackPoint } from "../lib/tracks.ts";
import { type Consents, keepsPath, type SharedNow } from "./consents.ts";
import { isPerson } from "./store.ts";

interface Memory {
  readonly consents: Consents;
  forgetShare(user: UserId, event: EventId): void;
  forgetPerson(user: UserId): void;
}

/**
 * Where people are, between nodes: what is taken in here is told to where its author shows it, and what other nodes tell
 * is taken in while it is shown. The store is asked for that, unless it was a moment ago and nothing was heard since; and
 * a word that something is withdrawn forgets it: whichever of the two comes last, nothing that was withdrawn stays.
 */
export class Elsewhere {
  readonly #ctx: Context;
  readonly #memory: Memory;

  constructor(ctx: Context, memory: Memory) {
    this.#ctx = ctx;
    this.#memory = memory;
  }

  heard(message: BusMessage): void {
    if (this.#ctx.bus.health() === "alone") return;
    if (message.type === "moved") {
      if (message.isForeign !== true) this.#run(this.#tell(message.user, message.event));
    } else if (message.type === "moved_elsewhere") this.#take(message);
    else if (message.type === "sharing_changed" || message.type === "member_left")
      this.#run(this.#forgetWithdrawn(message.user));
    else if (message.type === "signed_out" && message.session === null)
      this.#run(this.#forgetErased(message.user));
  }

  async #tell(user: UserId, event: EventId | null): Promise<void> {
    const point = this.#ctx.tracks.newest(user, event ?? "");
    if (point === undefined || this.#ctx.bus.health() !== "connected") return;
    const shared = this.#memory.consents.peek(user) ?? (await this.#memory.consents.of(user));
    const events = event === null ? shared.events : shared.events.filter((other) => other === event);
    const channels = new Set<BusChannel>(events.map((each) => eventStream(groupOf(each))));
    if (event === null && shared.withFriends) channels.add(`moves:${user}`);
    if (channels.size > 0)
      this.#ctx.bus.tell([...channels], { type: "moved_elsewhere", user, event, events, point });
  }

  #take(message: MovedElsewhere): void {
    const shared = this.#memory.consents.peek(message.user);
    if (shared !== undefined) return this.#takeWhere(shared, message);
    this.#run(this.#memory.consents.of(message.user).then((found) => this.#takeWhere(found, message)));
  }

  #takeWhere(shared: SharedNow, { user, event, point }: MovedElsewhere): void {
    if (!isShown(shared, event) || !isPlausible(point, this.#ctx.clock.now())) return;
    const outcome = this.#ctx.tracks.put(user, event ?? "", point, keepsPath(shared));
    if (outcome !== "older") this.#ctx.bus.publish({ type: "moved", user, event, isForeign: true });
  }

  /** What was made for an event alone is gone with the consent; on the node where that happened it is by now. */
  async #forgetWithdrawn(user: UserId): Promise<void> {
    if (!this.#ctx.tracks.has(user)) return;
    const { events } = await this.#memory.consents.of(user);
    for (const event of this.#ctx.tracks.eventsOf(user))
      if (event !== "" && !events.includes(event)) this.#memory.forgetShare(user, event);
    if (events.length === 0) this.#ctx.tracks.trim(user, "");
  }

  async #forgetErased(user: UserId): Promise<void> {
    if (this.#ctx.tracks.has(user) && !(await isPerson(this.#ctx.db.read, user)))
      this.#memory.forgetPerson(user);
  }

  #run(task: Promise<void>): void {
    task.catch((error: unknown) =>
      this.#ctx.log.error({ error }, "a position was not passed on between nodes"),
    );
  }
}

function isShown({ events, withFriends }: SharedNow, event: EventId | null): boolean {
  return event === null ? withFriends || events.length > 0 : events.includes(event);
}

/** Clocks of nodes may differ; what lies further ahead would hide everything that comes after it. */
const aheadMs = 5 * 60_000;

function isPlausible({ at_ms }: TrackPoint, now: number): boolean {
  return at_ms <= now + aheadMs;
}
