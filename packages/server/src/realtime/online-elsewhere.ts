import { eventStream, type UserId, userStream } from "@jarvis/contract";
import type { BusChannel } from "../bus/bus.ts";
import type { Context } from "../context.ts";
import type { Circle } from "../friends/online.ts";
import { repeat, type Scheduled } from "../lib/clock.ts";
import { onlineKey } from "../lib/online-people.ts";
import { Departures } from "./online-departures.ts";
import type { OnlineListener, OnlinePerson } from "./online-person.ts";

/** What others are told of as if it were a connection of theirs here. */
class Proxy implements OnlineListener {
  aliveMs = 0;
  person: OnlinePerson | null = null;
  readonly unfollow: () => void;

  constructor(unfollow: () => void) {
    this.unfollow = unfollow;
  }

  /** Their own node tells them. */
  sendAll(): void {}
}

interface Here {
  arrived(listener: OnlineListener, user: UserId): void;
  /** At once: their node has waited already. */
  gone(listener: OnlineListener, user: UserId): void;
}

const refreshEveryMs = 20_000;
/** So long a value holds that nobody refreshes. */
const holdsMs = 60_000;
const keysTogether = 500;

/**
 * People whom another node holds connected, as far as they concern people of this one; and what other nodes are told of
 * those here. A node that dies takes its people offline once what it said of them has not been said again for a minute.
 */
export class OnlineElsewhere {
  readonly #ctx: Context;
  readonly #here: Here;
  readonly #proxies = new Map<UserId, Proxy>();
  /** People of this node of whom others were told, and on which channels. */
  readonly #announced = new Map<UserId, readonly BusChannel[]>();
  readonly #leaving: Departures<UserId>;
  readonly #refreshing: Scheduled | null;

  constructor(ctx: Context, lingerMs: number, here: Here) {
    this.#ctx = ctx;
    this.#here = here;
    this.#leaving = new Departures(ctx.clock, lingerMs, (user) => this.withdraw(user));
    const isAlone = ctx.bus.health() === "alone";
    this.#refreshing = isAlone ? null : repeat(ctx.clock, refreshEveryMs, () => this.#refresh());
  }

  /** Another node says it. */
  heard(user: UserId, online: boolean): void {
    const proxy = this.#proxies.get(user);
    if (online && proxy === undefined) this.#come(user);
    else if (online && proxy !== undefined) proxy.aliveMs = this.#ctx.clock.monotonic();
    else if (!online) this.#end(user);
    // They are here as well: what that node has taken back is so still.
    const channels = this.#announced.get(user);
    if (!online && channels !== undefined) this.#announce(user, channels);
  }

  /** A person's relations have been looked up. */
  settled(person: OnlinePerson, circle: Circle, linked: readonly OnlinePerson[]): void {
    if (this.#ctx.bus.health() === "alone") return;
    if (!isHere(person)) return this.#answer(person, linked);
    if (!circle.shows) return this.withdraw(person.id);
    const channels = channelsOf(person.id, circle);
    if (!this.#announced.has(person.id)) this.#announce(person.id, channels);
    this.#announced.set(person.id, channels);
    for (const other of linked)
      if (this.#proxies.has(other.id)) this.#tell([userStream(other.id)], person.id, true);
  }

  arrived(user: UserId): void {
    this.#leaving.back(user);
  }

  /** Their last connection here has ended. */
  left(user: UserId): void {
    if (this.#announced.has(user)) this.#leaving.left(user);
  }

  withdraw(user: UserId): void {
    const channels = this.#announced.get(user);
    if (channels === undefined) return;
    this.#announced.delete(user);
    this.#tell(channels, user, false);
    this.#keepOrDrop((values) => values.drop([onlineKey(user)]));
  }

  /** What was said meanwhile was not heard, on either side. */
  reannounce(): void {
    if (this.#ctx.bus.health() !== "connected") return;
    for (const [user, channels] of this.#announced) this.#announce(user, channels);
  }

  close(): void {
    this.#refreshing?.cancel();
    this.#leaving.close();
    for (const user of this.#announced.keys()) this.withdraw(user);
    for (const user of this.#proxies.keys()) this.#end(user);
  }

  #come(user: UserId): void {
    // What its owner's stream says of friends and blocks concerns people here, too.
    const proxy = new Proxy(this.#ctx.bus.follow(userStream(user)));
    proxy.aliveMs = this.#ctx.clock.monotonic();
    this.#proxies.set(user, proxy);
    this.#here.arrived(proxy, user);
  }

  #end(user: UserId): void {
    const proxy = this.#proxies.get(user);
    if (proxy === undefined) return;
    this.#proxies.delete(user);
    proxy.unfollow();
    this.#here.gone(proxy, user);
  }

  /** Whoever has just come to another node is told who is here. */
  #answer(person: OnlinePerson, linked: readonly OnlinePerson[]): void {
    const proxy = this.#proxies.get(person.id);
    if (proxy !== undefined) proxy.person = person;
    for (const other of linked) if (isHere(other)) this.#tell([userStream(person.id)], other.id, true);
  }

  #announce(user: UserId, channels: readonly BusChannel[]): void {
    this.#tell(channels, user, true);
    this.#keepOrDrop((values) => values.keep([onlineKey(user)]));
  }

  #tell(channels: readonly BusChannel[], user: UserId, online: boolean): void {
    this.#ctx.bus.tell(channels, { type: "online", user, online });
  }

  #keepOrDrop(task: (values: NonNullable<Context["bus"]["values"]>) => Promise<void>): void {
    const { values, health } = { values: this.#ctx.bus.values, health: this.#ctx.bus.health() };
    if (values === null || health !== "connected") return;
    // A value that was not written, or stays too long, holds for a minute at most.
    task(values).catch((error: unknown) => this.#ctx.log.debug({ error }, "an online state was not shared"));
  }

  async #refresh(): Promise<void> {
    try {
      const { values } = this.#ctx.bus;
      if (values === null) return;
      const own = [...this.#announced.keys()].map(onlineKey);
      for (let next = 0; next < own.length; next += keysTogether)
        await values.keep(own.slice(next, next + keysTogether));
      await this.#look(values);
    } catch (error) {
      this.#ctx.log.debug({ error }, "online states were not refreshed");
    }
    const now = this.#ctx.clock.monotonic();
    for (const [user, { aliveMs }] of this.#proxies) if (now - aliveMs >= holdsMs) this.#end(user);
  }

  async #look(values: NonNullable<Context["bus"]["values"]>): Promise<void> {
    const users = [...this.#proxies.keys()];
    for (let next = 0; next < users.length; next += keysTogether) {
      const some = users.slice(next, next + keysTogether);
      const alive = await values.which(some.map(onlineKey));
      for (const user of some) {
        const proxy = this.#proxies.get(user);
        const concerns = proxy?.person === null || (proxy?.person.links.size ?? 0) > 0;
        if (proxy !== undefined && concerns && alive.has(onlineKey(user)))
          proxy.aliveMs = this.#ctx.clock.monotonic();
        else this.#end(user);
      }
    }
  }
}

/** Whether a connection of this node is theirs. */
export function isHere(person: OnlinePerson): boolean {
  return [...person.told, ...person.arrived].some((listener) => !(listener instanceof Proxy));
}

/** Also their own: another node may hold them, too. */
function channelsOf(user: UserId, circle: Circle): BusChannel[] {
  return [
    userStream(user),
    ...[...circle.friends].map(userStream),
    ...[...circle.events.keys()].map(eventStream),
  ];
}
