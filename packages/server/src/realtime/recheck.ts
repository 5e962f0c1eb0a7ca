import { closeCodes, type EventId, type UserId } from "@jarvis/contract";
import { listEnded } from "../accounts/service.ts";
import type { Context } from "../context.ts";
import { readableEventsOf } from "../events/service.ts";
import type { Session } from "./session.ts";

interface Connected {
  readonly ctx: Context;
  users(): Iterable<UserId>;
  sessionsOf(user: UserId): readonly Session[];
  /** How many changes of who takes part in what, or is signed in, were heard. */
  readonly standingChanges: number;
  left(session: Session, event: EventId): void;
}

const peopleTogether = 250;

/** Asks the store whether everybody who is connected is still signed in, and may still read what they hear. */
export class Recheck {
  readonly #connected: Connected;

  constructor(connected: Connected) {
    this.#connected = connected;
  }

  async run(): Promise<void> {
    const users = [...this.#connected.users()];
    for (let next = 0; next < users.length; next += peopleTogether)
      await this.#check(users.slice(next, next + peopleTogether));
  }

  async #check(users: readonly UserId[]): Promise<void> {
    const { ctx } = this.#connected;
    const changes = this.#connected.standingChanges;
    const sessions = users.flatMap((user) => this.#connected.sessionsOf(user));
    const viewers = sessions.flatMap(({ viewer }) => viewer ?? []);
    const ended = new Set(await listEnded(ctx, viewers));
    const readable = await readableEventsOf(ctx.db.read, users);
    for (const session of sessions) {
      if (session.viewer !== null && ended.has(session.viewer)) session.close(closeCodes.unauthenticated);
    }
    // What was heard meanwhile may be newer than what was read.
    if (changes !== this.#connected.standingChanges) return this.#check(users);
    for (const user of users)
      for (const session of this.#connected.sessionsOf(user))
        this.#compare(session, readable.get(user) ?? new Set());
  }

  #compare(session: Session, readable: ReadonlySet<EventId>): void {
    const { following } = session;
    if (following === null || !session.isLive) return;
    const followed = following.events();
    for (const event of followed) if (!readable.has(event)) this.#connected.left(session, event);
    for (const event of readable) following.joined(event);
  }
}
