import { limits, type UserId } from "@jarvis/contract";
import type { BusMessage } from "../bus/bus.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { recordShareViews, type ShownTo, shownTo } from "../location/service.ts";
import { Coalescer } from "./coalescer.ts";
import { encode } from "./frames.ts";
import type { Session } from "./session.ts";

type Heard = Extract<BusMessage, { type: "moved" | "share_changed" }>;

const positionEveryMs = 1_000;

/**
 * Where friends are who show it beside events, to connections that watch them. Anybody may be watched: of who shows
 * nothing to the watcher nothing is ever said, so that a watch tells nothing either.
 */
export class FriendPresence {
  readonly #ctx: Context;
  /** By who is watched: the connections, and what each was told last. */
  readonly #watchers = new Map<UserId, Map<Session, string>>();
  /** What other nodes say of where they are. */
  readonly #follows = new Map<UserId, () => void>();
  readonly #positions: Coalescer<UserId>;
  /** Counts what may end somebody's right to see where a friend is. */
  #changes = 0;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#positions = new Coalescer(ctx.clock, positionEveryMs, (user) => {
      this.#show(user).catch((error: unknown) => ctx.log.error({ error }, "presence was not delivered"));
    });
  }

  heard(message: Heard): void {
    if (message.type === "share_changed") this.#changes++;
    else if (message.event !== null) return; // made for an event alone
    this.#touch(message.user);
  }

  /** Where people are may have changed, and who may see it, without a word. */
  doubtAll(): void {
    this.#changes++;
    for (const user of this.#watchers.keys()) this.#touch(user);
  }

  watch(session: Session, user: UserId): void {
    if (!session.isLive) return;
    const watched = session.watchedPeople ?? new Set<UserId>();
    if (!watched.has(user) && watched.size >= limits.watchedPeople) throw new AppError("limit_exceeded");
    session.watchedPeople = watched.add(user);
    const watchers = this.#watchers.get(user) ?? new Map<Session, string>();
    this.#watchers.set(user, watchers.set(session, ""));
    if (!this.#follows.has(user)) this.#follows.set(user, this.#ctx.bus.follow(`moves:${user}`));
    this.#touch(user);
  }

  unwatch(session: Session, user: UserId): void {
    if (!session.watchedPeople?.delete(user)) return;
    const watchers = this.#watchers.get(user);
    watchers?.delete(session);
    if (watchers?.size !== 0) return;
    this.#watchers.delete(user);
    this.#follows.get(user)?.();
    this.#follows.delete(user);
  }

  drop(session: Session): void {
    for (const user of session.watchedPeople ?? []) this.unwatch(session, user);
  }

  #touch(user: UserId): void {
    if (this.#watchers.has(user)) this.#positions.touch(user, user);
  }

  /** Who may see it is asked when it is sent, and again if that changed while it was asked. */
  async #show(user: UserId): Promise<void> {
    if (!this.#watchers.has(user)) return;
    const changes = this.#changes;
    const shown = await shownTo(this.#ctx, user);
    if (changes !== this.#changes) return this.#show(user);
    const unrecorded = shown.filter((one) => this.#tell(user, one) && one.isUnrecorded);
    await recordShareViews(
      this.#ctx,
      user,
      unrecorded.map(({ friend }) => friend),
    );
  }

  /** Whether there was anybody to tell it. */
  #tell(user: UserId, { friend, row }: ShownTo): boolean {
    const { latitude, longitude, accuracy, at_ms, speed, battery } = row;
    const shown = { latitude, longitude, accuracy, at_ms, speed, battery };
    const text = encode({ type: "friend_position", user, ...shown });
    let told = false;
    const watchers = this.#watchers.get(user) ?? new Map<Session, string>();
    for (const [session, last] of watchers) {
      if (session.viewer?.id !== friend || last === text) continue;
      watchers.set(session, text);
      session.send(text);
      told = true;
    }
    return told;
  }
}
