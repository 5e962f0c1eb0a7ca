import type { EventId, UserId } from "@jarvis/contract";
import type { EntryAppended } from "../bus/bus.ts";
import type { Context } from "../context.ts";
import { type Circle, circlesOf, peopleIn } from "../friends/online.ts";
import { canSeeOnline, toMinute } from "../friends/rules.ts";
import { nextTurn } from "../lib/turn.ts";
import { Departures } from "./online-departures.ts";
import { isHere, OnlineElsewhere } from "./online-elsewhere.ts";
import { OnlineEvents } from "./online-events.ts";
import { type OnlineListener, OnlinePerson } from "./online-person.ts";
import { SeenLog } from "./online-seen.ts";

/** Going offline is told so long after the last connection ended. */
const lingerMs = 10_000;
/** So many people are looked up together … */
const lookedAtTogether = 100;
/** … and after so many frames in a turn, others get theirs. */
const framesInOneGo = 2_000;
/** While the bus is down, everybody's relations are looked up anew so often at most. */
const doubtEveryMs = 8_000;
/** When a look-up failed. */
const againMs = 1_000;

const aboutPerson: ReadonlySet<string> = new Set(["friend", "block", "profile"]);

/**
 * Who is online, and who is told. A last value of each pair of people: what a connection has seen of another person is
 * what `links` say. Whatever changes who may know whom puts people in doubt at once; about somebody in doubt nobody
 * hears `true` until the store has been asked again, for all of them together.
 */
export class Online {
  readonly #ctx: Context;
  readonly #people = new Map<UserId, OnlinePerson>();
  readonly #events: OnlineEvents;
  readonly #departures: Departures<OnlinePerson>;
  readonly #elsewhere: OnlineElsewhere;
  readonly #seen: SeenLog;
  readonly #doubted = new Set<OnlinePerson>();
  readonly #toGreet = new Set<OnlinePerson>();
  #working: Promise<void> | null = null;
  #isClosed = false;
  #doubtedMs = Number.NEGATIVE_INFINITY;
  readonly #unsent = new Set<OnlinePerson>();
  #framesLeft = framesInOneGo;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#seen = new SeenLog(ctx);
    this.#events = new OnlineEvents(ctx.clock, (members) => {
      for (const person of members) this.#doubt(person);
    });
    this.#elsewhere = new OnlineElsewhere(ctx, lingerMs, {
      arrived: (listener, user) => this.#arrived(listener, user),
      gone: (listener, user) => this.#gone(listener, user),
    });
    this.#departures = new Departures(ctx.clock, lingerMs, (person) => {
      person.isLeaving = true;
      this.#doubt(person);
    });
  }

  /** A connection has been welcomed. */
  arrived(listener: OnlineListener, user: UserId): void {
    this.#elsewhere.arrived(user);
    this.#arrived(listener, user);
  }

  #arrived(listener: OnlineListener, user: UserId): void {
    const person = this.#people.get(user) ?? this.#come(user);
    this.#departures.back(person);
    person.leftMs = null;
    // Back at the last moment: the store was not asked about somebody who leaves.
    if (person.isLeaving) this.#doubt(person);
    person.isLeaving = false;
    const wasElsewhere = person.isConnected && !isHere(person);
    person.arrived.add(listener);
    // Other nodes are to be told that they are here, too.
    if (wasElsewhere && isHere(person)) this.#doubt(person);
    if (!person.isSettled) return;
    this.#toGreet.add(person);
    this.#wake();
  }

  left(listener: OnlineListener, user: UserId): void {
    const person = this.#people.get(user);
    if (person === undefined || !(person.told.delete(listener) || person.arrived.delete(listener))) return;
    if (!isHere(person)) this.#elsewhere.left(user);
    if (person.isConnected) return;
    person.leftMs = this.#ctx.clock.now();
    this.#departures.left(person);
  }

  /** From another node, which has waited whether they come back. */
  #gone(listener: OnlineListener, user: UserId): void {
    const person = this.#people.get(user);
    if (person === undefined) return;
    person.told.delete(listener);
    person.arrived.delete(listener);
    if (person.isConnected || person.leftMs !== null) return;
    person.leftMs = this.#ctx.clock.now();
    person.isLeaving = true;
    this.#doubt(person);
  }

  heardElsewhere(user: UserId, online: boolean): void {
    this.#elsewhere.heard(user, online);
  }

  /** Changes of who may know whom may not have been heard. */
  doubtAll(): void {
    this.#elsewhere.reannounce();
    const now = this.#ctx.clock.monotonic();
    if (now - this.#doubtedMs < doubtEveryMs) return;
    this.#doubtedMs = now;
    for (const person of this.#people.values()) this.#doubt(person);
  }

  /** Somebody's relations may have changed. */
  changed(user: UserId): void {
    const person = this.#people.get(user);
    if (person !== undefined) this.#doubt(person);
  }

  /** What an entry, other than of a message, says of who may know whom. */
  heardEntry({ kind, stream, data }: EntryAppended): void {
    // A stream's name is made of its owner's id, and `rsvp` entries name who answered.
    if (aboutPerson.has(kind)) this.changed(stream.slice("user:".length) as UserId);
    else if (kind === "rsvp") this.changed(data["user"] as UserId);
    else if (kind === "event") this.#eventChanged(stream.slice("event:".length) as EventId);
  }

  /** Remembers when everybody was last seen who is here. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
    this.#elsewhere.close();
    this.#departures.close();
    this.#events.close();
    for (const person of this.#people.values()) this.#forget(person);
    await this.#seen.flush();
  }

  #come(user: UserId): OnlinePerson {
    const person = new OnlinePerson(user);
    this.#people.set(user, person);
    this.#ctx.online.came(user);
    this.#doubt(person);
    return person;
  }

  #doubt(person: OnlinePerson): void {
    person.isSettled = false;
    this.#doubted.add(person);
    this.#wake();
  }

  /** Its time, or that it takes place: also those may be concerned for whom it had passed. */
  #eventChanged(event: EventId): void {
    for (const person of this.#events.membersOf(event)) this.#doubt(person);
    peopleIn(this.#ctx.db.read, event)
      .then((users) => users.forEach((user) => this.changed(user)))
      .catch((error: unknown) =>
        this.#ctx.log.error({ error, event }, "an event's people were not looked up"),
      );
  }

  #wake(): void {
    if (this.#working !== null || this.#isClosed) return;
    this.#working = this.#work()
      .catch((error: unknown) => this.#ctx.log.error({ error }, "online state was not delivered"))
      .finally(() => {
        this.#working = null;
      });
  }

  /** All that comes in one turn of the loop is done together in a later one. */
  async #work(): Promise<void> {
    while (!this.#isClosed && this.#doubted.size + this.#toGreet.size > 0) {
      await this.#turn();
      await this.#settleSome();
      await this.#greetAll();
    }
  }

  async #turn(): Promise<void> {
    this.#send();
    await nextTurn();
    this.#framesLeft = framesInOneGo;
  }

  readonly #tell = (person: OnlinePerson, text: string): void => {
    if (person.told.size === 0) return;
    this.#framesLeft -= person.told.size;
    person.unsent.push(text);
    this.#unsent.add(person);
  };

  /** In the turn in which it was decided: later it would have to be decided again. */
  #send(): void {
    for (const person of this.#unsent) {
      for (const listener of person.told) listener.sendAll(person.unsent, true);
      person.unsent = [];
    }
    this.#unsent.clear();
  }

  async #settleSome(): Promise<void> {
    const people = [...this.#doubted.values().take(lookedAtTogether)];
    for (const person of people) this.#doubted.delete(person);
    const staying = people.filter(({ isLeaving }) => !isLeaving);
    try {
      const circles = await this.#circles(staying);
      for (const person of people) {
        // Doubted again meanwhile: what was found may be out of date.
        if (this.#doubted.has(person)) continue;
        if (person.isLeaving) this.#go(person);
        else this.#settle(person, circles(person.id));
        if (this.#framesLeft <= 0) await this.#turn();
      }
    } catch (error) {
      this.#ctx.log.error({ error, people: people.length }, "online state was not looked up");
      this.#ctx.clock.schedule(againMs, () => people.forEach((person) => this.#doubt(person)));
    }
    this.#send();
  }

  async #circles(people: readonly OnlinePerson[]): Promise<(user: UserId) => Circle> {
    const ids = people.map(({ id }) => id);
    return circlesOf(this.#ctx.db.read, ids, this.#ctx.clock.now());
  }

  #settle(person: OnlinePerson, circle: Circle): void {
    person.shows = circle.shows;
    this.#events.enter(person, circle.events);
    const known = this.#knownTo(person, circle);
    for (const other of person.links) {
      // About somebody in doubt their own look-up decides, unless there is nothing to decide.
      if (!known.has(other) && (other.isSettled || !circle.shows)) person.unlink(other, this.#tell);
    }
    const linked = [...known].filter((other) => !person.links.has(other));
    for (const other of linked) person.link(other, this.#tell);
    person.isSettled = true;
    this.#elsewhere.settled(person, circle, linked);
    if (person.arrived.size > 0) this.#toGreet.add(person);
    person.payOwed(this.#tell);
  }

  /** People online, of whose relations nothing is in doubt, who may know of this one. */
  #knownTo(person: OnlinePerson, circle: Circle): Set<OnlinePerson> {
    const known = new Set<OnlinePerson>();
    const consider = (other: OnlinePerson | undefined, together: boolean) => {
      if (other === undefined || other === person || !other.isSettled) return;
      const sight = {
        bothShow: circle.shows && other.shows,
        friends: circle.friends.has(other.id),
        together,
        blocked: circle.blocked.has(other.id),
      };
      if (canSeeOnline(sight)) known.add(other);
    };
    for (const friend of circle.friends) consider(this.#people.get(friend), false);
    for (const event of circle.events.keys())
      for (const other of this.#events.membersOf(event)) consider(other, true);
    return known;
  }

  #go(person: OnlinePerson): void {
    for (const other of person.links) person.unlink(other, this.#tell);
    this.#events.leave(person);
    this.#people.delete(person.id);
    this.#toGreet.delete(person);
    this.#forget(person);
    this.#seen.wake();
  }

  #forget({ id, shows, leftMs }: OnlinePerson): void {
    this.#ctx.online.went(id, shows ? toMinute(leftMs ?? this.#ctx.clock.now()) : null);
  }

  async #greetAll(): Promise<void> {
    for (const person of this.#toGreet) {
      this.#toGreet.delete(person);
      if (!person.isSettled) continue;
      this.#framesLeft -= person.greet();
      if (this.#framesLeft <= 0) await this.#turn();
    }
  }
}
