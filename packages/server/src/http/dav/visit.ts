import type { UserId } from "@jarvis/contract";
import { findPerson } from "../../accounts/service.ts";
import type { Context } from "../../context.ts";
import { type CalendarObject, calendarObjects } from "../../feeds/service.ts";
import { type Objects, rememberTold, tokenOf } from "../../feeds/snapshots.ts";
import { unauthenticated } from "./authorize.ts";
import type { Expansion } from "./instances.ts";
import type { Resource } from "./resources.ts";

/** One request of somebody who is known. Their calendar is looked at once, when something asks for it. */
export class Visit {
  readonly ctx: Context;
  readonly user: UserId;
  readonly #objects = once(() => calendarObjects(this.ctx, this.user));
  readonly #person = once(() => findPerson(this.ctx, this.user));

  constructor(ctx: Context, user: UserId) {
    this.ctx = ctx;
    this.user = user;
  }

  objects(): Promise<readonly CalendarObject[]> {
    return this.#objects();
  }

  async object(name: string): Promise<CalendarObject | undefined> {
    return (await this.#objects()).find((object) => object.name === name);
  }

  /** The entity tag of each object, by its name. */
  async tags(): Promise<Objects> {
    return new Map((await this.#objects()).map(({ name, etag }) => [name, etag]));
  }

  /** Changes whenever anything in the calendar does. */
  async ctag(): Promise<string> {
    return tokenOf(this.user, await this.tags());
  }

  async syncToken(): Promise<string> {
    return toSyncToken(await rememberTold(this.ctx, this.user, await this.tags()));
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

const tokenPrefix = "urn:jarvis:sync:";

/** A token has to be a URI (RFC 6578, section 6.2). */
export function toSyncToken(token: string): string {
  return tokenPrefix + token;
}

export function fromSyncToken(text: string): string | null {
  return text.startsWith(tokenPrefix) ? text.slice(tokenPrefix.length) : null;
}
