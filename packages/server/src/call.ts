import type { AnswerOf, BodyOf, Endpoint, ParamsOf, QueryOf, UserId } from "@jarvis/contract";
import type { Context } from "./context.ts";
import type { Tx } from "./db/database.ts";

/** Who is calling, proven by a token. The only source of identity. */
export interface Viewer {
  readonly id: UserId;
  readonly username: string;
  /** The session that the token names; null where an ID token was presented itself. */
  readonly session: string | null;
  /** SHA-256 of the session token, or of the signed part of the ID token, in hexadecimal. */
  readonly tokenHash: string;
  /** When they last proved who they are: the session's beginning, or the issue of the presented ID token. */
  readonly signedInMs: number;
  /** Access id of the identity, where an ID token was presented itself. */
  readonly identity: string | null;
  /** When the presented token stops being valid, at the latest. */
  readonly expiresMs: number;
}

/** Whether what this viewer presented is what was signed out: a session, an ID token by its hash, all of an identity, or with null everything. */
export function isSignedOut(viewer: Viewer, signedOut: { user: UserId; session: string | null }): boolean {
  if (signedOut.user !== viewer.id) return false;
  const { session } = signedOut;
  if (session === null || session === viewer.session || session === viewer.tokenHash) return true;
  return session === viewer.identity;
}

/** A parsed, authenticated call of an endpoint. */
export interface Call<E extends Endpoint> {
  readonly ctx: Context;
  readonly viewer: E["auth"] extends "session" ? Viewer : null;
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: SentBody<E>;
  readonly request: RequestFacts;
}

/** What an endpoint takes: JSON, and where it says so something that is not JSON. */
type SentBody<E extends Endpoint> = E extends { upload: readonly string[] }
  ? Upload
  : E extends { document: object }
    ? BodyOf<E> | SentDocument
    : BodyOf<E>;

/** A document that has not been read yet. */
export interface SentDocument {
  /** Throws where it is too large or too slow, or where its place was given to somebody else. */
  bytes(cut: AbortSignal): Promise<Uint8Array>;
}

/** An image that has not been read yet. */
export interface Upload {
  /** Writes it to a new file as it arrives, and gives its size. Throws where it is too large, too slow or of another type, or where
   * its place was given to somebody else. */
  saveTo(path: string, cut: AbortSignal): Promise<number>;
}

/** Bytes to answer with, of a type and under a name that are the server's own. */
export interface Bytes {
  readonly type: string;
  readonly name: string;
  readonly size: number;
  readonly stream: ReadableStream<Uint8Array>;
}

/** A calendar to answer with. Clients keep copies and ask again and again: it is written only for whoever has another. */
export interface CalendarFile {
  readonly name: string;
  /** Of what it would be now. */
  revision(): Promise<Revision>;
  write(): Promise<{ readonly text: string; readonly revision: Revision }>;
}

/** By what a copy is known: two with the same `etag` are the same to the byte. */
export interface Revision {
  readonly etag: string;
  /** When it became so; null where that is not known. */
  readonly changedMs: number | null;
}

export interface RequestFacts {
  /** Address of the peer. */
  readonly address: string;
  /** Origin of this server as the caller's browser knows it. */
  readonly origin: string;
  /** Whether the caller's `Origin` header names it; false where there is none. */
  readonly isOwnOrigin: boolean;
  /** Whether a page of another origin made the browser send this with its cookie. */
  readonly isForeign: boolean;
  /** Token of the session cookie that came with the request, unless a bearer came too. */
  readonly cookie: string | null;
  /** Value of the cookie of a sign-in with an issuer that this browser has begun. */
  readonly flowCookie: string | null;
  /** Version that an `If-Match` header asks for; null when there is none. */
  readonly ifMatch: number | null;
  /** Where a client that was cut off goes on: the id of the last event it had. */
  readonly lastEventId: string | null;
  /** What this call creates, where it carries an `Idempotency-Key`. */
  readonly creation: Creation | null;
  /** Authenticates what was presented anew: it may have been signed out since. */
  authenticate(): Promise<Viewer>;
  /** Ends when the client goes away or the server drains. */
  readonly signal: AbortSignal;
  /** Lets this request stay silent for so many seconds, for a long poll; 0: for as long as it likes. */
  keepOpen(seconds: number): void;
}

/** One creation, however often it is asked for. */
export interface Creation {
  /** Id of what the first call with this key made: whether the caller may still see it is asked anew. */
  readonly made: string | null;
  /** Keeps the id, in the unit of work that creates. */
  keep(tx: Tx, id: string): Promise<void>;
}

/** A cookie to set; null deletes it. Names, attributes and the rest are the business of `http/`. */
export interface CookieChanges {
  readonly session?: { readonly token: string; readonly expiresMs: number } | null;
  readonly flow?: { readonly token: string; readonly expiresMs: number } | null;
}

interface Extra {
  readonly repeat?: boolean;
  readonly nextCursor?: string | undefined;
  readonly cookies?: CookieChanges;
  /** Events that go on after the answer has begun, as bytes of an event stream. */
  readonly events?: ReadableStream<Uint8Array>;
  /** In place of JSON. */
  readonly bytes?: Bytes;
  readonly calendar?: CalendarFile;
  /** Its lists may be so long that nobody else should wait until all of it is JSON. */
  readonly isLarge?: boolean;
  /** Sends a browser there. */
  readonly location?: string;
}

/** What a handler answers with, where the bare value is not all. */
export class Reply<T> {
  readonly value: T;
  readonly extra: Extra;

  constructor(value: T, extra: Extra) {
    this.value = value;
    this.extra = extra;
  }
}

/** A repeat of an earlier call: answered with the endpoint's `repeatStatus`. */
export function repeatOf<T>(value: T): Reply<T> {
  return new Reply(value, { repeat: true });
}

/** Sends a browser elsewhere, for an endpoint declared `redirect`. */
export function redirectTo(location: string, cookies: CookieChanges = {}): Reply<never> {
  // There is no value: `location` is the answer.
  return new Reply(undefined as never, { location, cookies });
}

/** An event stream, for an endpoint declared `events`. */
export function eventsOf(events: ReadableStream<Uint8Array>): Reply<never> {
  // There is no value: the events are the answer.
  return new Reply(undefined as never, { events });
}

/** Answers bytes, for an endpoint declared `download`. */
export function bytesReply(bytes: Bytes): Reply<never> {
  // There is no value: the bytes are the answer.
  return new Reply(undefined as never, { bytes });
}

/** An object with lists that may be megabytes of JSON. */
export function largeReply<T extends object>(value: T): Reply<T> {
  return new Reply(value, { isLarge: true });
}

/** Answers a calendar, for an endpoint declared `download`. */
export function calendarReply(calendar: CalendarFile): Reply<never> {
  // There is no value: the calendar is the answer.
  return new Reply(undefined as never, { calendar });
}

/** One page of a list, and where the next begins, if there is more. */
export function page<T>(value: T, nextCursor: string | undefined): Reply<T> {
  return new Reply(value, { nextCursor });
}

export type Handler<E extends Endpoint> = (call: Call<E>) => Promise<AnswerOf<E> | Reply<AnswerOf<E>>>;

/** The routes of a feature: a handler for every endpoint of its part of the contract. */
export type Handlers<G extends Record<string, Endpoint>> = { [K in keyof G]: Handler<G[K]> };
