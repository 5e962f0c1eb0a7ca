import type { EventId, UserId } from "@jarvis/contract";
import { findPerson } from "../../accounts/service.ts";
import type { Context } from "../../context.ts";
import {
  type CalendarObject,
  calendarObjects,
  type CalendarState,
  calendarState,
} from "../../feeds/service.ts";
import {
  isRemembered,
  keepToken,
  knownToken,
  type Objects,
  rememberTold,
  tokenOf,
} from "../../feeds/snapshots.ts";
import { unauthenticated } from "./authorize.ts";
import type { Expansion } from "./instances.ts";
import type { Resource } from "./resources.ts";

/** One request of somebody who is known. Their calendar is looked at once, when something asks for it. */
export class Visit {
  readonly ctx: Context;
  readonly user: UserId;
  readonly #state = once(() => calendarState(this.ctx, this.user));
  readonly #objects = once(async () => this.#write((await this.#state()).events));
  readonly #person = once(() => findPerson(this.ctx, this.user));
  readonly #single = new Map<string, Promise<CalendarObject | undefined>>();
  #hasWritten = false;
  #token: string | null = null;

  constructor(ctx: Context, user: UserId) {
    this.ctx = ctx;
    this.user = user;
  }

  objects(): Promise<readonly CalendarObject[]> {
    return this.#objects();
  }

  object(name: string): Promise<CalendarObject | undefined> {
    const found = this.#single.get(name) ?? this.objectsNamed([name]).then(([object]) => object);
    this.#single.set(name, found);
    return found;
  }

  /** Those that there are; what is not asked for is not written. */
  async objectsNamed(names: readonly string[]): Promise<readonly CalendarObject[]> {
    const asked = new Set(names);
    const named = new Set(names.map(eventIn));
    const events = (await this.#state()).events.filter(({ id }) => named.has(id));
    return (await this.#write(events)).filter(({ name }) => asked.has(name));
  }

  #write(events: CalendarState["events"]): Promise<readonly CalendarObject[]> {
    this.#hasWritten = true;
    return calendarObjects(this.ctx, this.user, events);
  }

  /** The entity tag of each object, by its name. */
  async tags(): Promise<Objects> {
    const tags = new Map((await this.#objects()).map(({ name, etag }) => [name, etag]));
    this.#token ??= tokenOf(this.user, tags);
    return tags;
  }

  /** Changes whenever anything in the calendar does. Nothing is written for whoever asks again and again. */
  async ctag(): Promise<string> {
    return (await this.#knownToken()) ?? tokenOf(this.user, await this.tags());
  }

  async syncToken(): Promise<string> {
    const known = await this.#knownToken();
    const isTold = known !== null && (await isRemembered(this.ctx, this.user, known));
    return toSyncToken(isTold ? known : await rememberTold(this.ctx, this.user, await this.tags()));
  }

  /** Whether whoever was told this token, and can go on from it, has everything as it is. */
  async isPresent(syncToken: string): Promise<boolean> {
    const known = await this.#knownToken();
    if (known === null || toSyncToken(known) !== syncToken) return false;
    return isRemembered(this.ctx, this.user, known);
  }

  async #knownToken(): Promise<string | null> {
    return knownToken(this.ctx, this.user, (await this.#state()).tag);
  }

  /** Whether nothing changed while objects were written: they were written one after another. Their token is known from then on. */
  async isWhole(): Promise<boolean> {
    if (!this.#hasWritten) return true;
    const { tag } = await this.#state();
    if ((await calendarState(this.ctx, this.user)).tag !== tag) return false;
    if (this.#token !== null) keepToken(this.ctx, this.user, tag, this.#token);
    return true;
  }

  async person(): Promise<{ username: string; timeZone: string }> {
    const person = await this.#person();
    if (person === undefined) throw unauthenticated();
    return person;
  }

  async expansion(timeZone?: string | null): Promise<Expansion> {
    const floatingZone = timeZone ?? (await this.person()).timeZone;
    return { floatingZone, expand: (request) => this.ctx.calendars.expandRule(request) };
  }

  async exists(resource: Resource): Promise<boolean> {
    return resource.kind !== "object" || (await this.object(resource.name)) !== undefined;
  }
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}

const idLength = 36;

/** The event whose object has this name: all begin with their event's id. */
function eventIn(name: string): EventId {
  return name.slice(0, idLength) as EventId; // looked for among the person's own, whatever it is
}

const tokenPrefix = "urn:jarvis:sync:";

/** A token has to be a URI (RFC 6578, section 6.2). */
export function toSyncToken(token: string): string {
  return tokenPrefix + token;
}

export function fromSyncToken(text: string): string | null {
  return text.startsWith(tokenPrefix) ? text.slice(tokenPrefix.length) : null;
}
