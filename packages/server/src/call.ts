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
  /** When the presented token stops being valid, at the latest. */
  readonly expiresMs: number;
}

/** Whether what this viewer presented is what was signed out: a session, an ID token by its hash, or with null everything. */
export function isSignedOut(viewer: Viewer, signedOut: { user: UserId; session: string | null }): boolean {
  if (signedOut.user !== viewer.id) return false;
  const { session } = signedOut;
  return session === null || session === viewer.session || session === viewer.tokenHash;
}

/** A parsed, authenticated call of an endpoint. */
export interface Call<E extends Endpoint> {
  readonly ctx: Context;
  readonly viewer: E["auth"] extends "session" ? Viewer : null;
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly request: RequestFacts;
}

export interface RequestFacts {
  /** Address of the peer. */
  readonly address: string;
  /** Version that an `If-Match` header asks for; null when there is none. */
  readonly ifMatch: number | null;
  /** What this call creates, where it carries an `Idempotency-Key`. */
  readonly creation: Creation | null;
  /** Ends when the client goes away or the server drains. */
  readonly signal: AbortSignal;
  /** Lets this request stay silent for so many seconds, for a long poll. */
  keepOpen(seconds: number): void;
}

/** One creation, however often it is asked for. */
export interface Creation {
  /** Id of what the first call with this key made: whether the caller may still see it is asked anew. */
  readonly made: string | null;
  /** Keeps the id, in the unit of work that creates. */
  keep(tx: Tx, id: string): Promise<void>;
}

/** What a handler answers with, where the bare value is not all. */
export class Reply<T> {
  readonly value: T;
  readonly extra: { repeat?: boolean; nextCursor?: string | undefined };

  constructor(value: T, extra: { repeat?: boolean; nextCursor?: string | undefined }) {
    this.value = value;
    this.extra = extra;
  }
}

/** A repeat of an earlier call: answered with the endpoint's `repeatStatus`. */
export function repeatOf<T>(value: T): Reply<T> {
  return new Reply(value, { repeat: true });
}

/** One page of a list, and where the next begins, if there is more. */
export function page<T>(value: T, nextCursor: string | undefined): Reply<T> {
  return new Reply(value, { nextCursor });
}

export type Handler<E extends Endpoint> = (call: Call<E>) => Promise<AnswerOf<E> | Reply<AnswerOf<E>>>;

/** The routes of a feature: a handler for every endpoint of its part of the contract. */
export type Handlers<G extends Record<string, Endpoint>> = { [K in keyof G]: Handler<G[K]> };
