import type { z } from "zod";
import type { Access } from "./access.ts";
import type { ErrorCode } from "./errors.ts";
import type { RateName } from "./limits.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Who may call: anybody, or somebody signed in. What they may do there, `access` says. */
export type Auth = "none" | "session";

/**
 * One call of the HTTP interface, as a value. The server binds it, the SDK walks it, `/openapi.json` shows it.
 * `path` writes parameters as `{id}`; `response` is the value of the `response` field of a success.
 */
export interface Endpoint {
  readonly method: Method;
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly auth: Auth;
  /** Who gets what: a row of `access.ts`. */
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Of a body whose keys are ids: the argument by which the SDK takes it whole, since its keys are no names. */
  readonly bodyAs?: string;
  /** In place of a JSON body: one image of one of these media types, as it is. */
  readonly upload?: readonly string[];
  /** Beside a JSON body, which its media type tells it from: one document as it is. The query describes it. */
  readonly document?: { readonly type: string; readonly maxBytes: number };
  readonly response: z.ZodType;
  /** A success is no JSON: it answers bytes of one of these media types. */
  readonly download?: readonly string[];
  /** A success has an `ETag`, and a client that has this very one is answered 304. */
  readonly conditional?: true;
  /** Answers a browser with another place to go to, never with JSON; errors before that are problem documents. */
  readonly redirect?: true;
  /** Answers with an event stream (SSE) that stays open: the data of each event is one `response`. `GET` alone, no `HEAD`. */
  readonly events?: true;
  /** Status of a success: 200 unless said otherwise. */
  readonly status?: 200 | 201;
  /** A second success status, for instance 200 where a repeat finds what the first call made. */
  readonly repeatStatus?: 200;
  /** True when `next_cursor` may stand beside `response`. */
  readonly paged?: boolean;
  /** Error codes of its own, beside those that every call may answer. */
  readonly errors: readonly ErrorCode[];
  readonly rate?: RateName;
  /** It creates something, and takes an `Idempotency-Key`: a repeat answers with `repeatStatus` what the first call made. */
  readonly idempotent?: true;
}

/** Keeps an endpoint's exact types while checking its form. */
export function endpoint<const E extends Endpoint>(definition: E): E {
  return definition;
}

type Empty = Record<never, never>;

export type ParamsOf<E extends Endpoint> = E extends { params: infer P extends z.ZodType }
  ? z.output<P>
  : Empty;
export type QueryOf<E extends Endpoint> = E extends { query: infer Q extends z.ZodType }
  ? z.output<Q>
  : Empty;
export type BodyOf<E extends Endpoint> = E extends { body: infer B extends z.ZodType }
  ? z.output<B>
  : undefined;
/** What a handler returns: the value of `response` before its schema has looked at it. */
export type AnswerOf<E extends Endpoint> = z.input<E["response"]>;
/** What a client receives. */
export type ResultOf<E extends Endpoint> = z.output<E["response"]>;

type InputOf<E, K extends "params" | "query" | "body"> = E extends { [k in K]: infer S extends z.ZodType }
  ? z.input<S>
  : Empty;

/** Bytes of an image, in whatever form a platform has them. */
export type ImageBytes = Blob | Uint8Array<ArrayBuffer> | ArrayBuffer;
type UploadOf<E> = E extends { upload: readonly string[] } ? { image: ImageBytes } : Empty;

/** A document in whatever form a platform has it. */
export type DocumentBytes = string | Blob | Uint8Array<ArrayBuffer> | ArrayBuffer;

/** Either a JSON body, or a document that the query describes. */
type SentOf<E extends Endpoint> = E extends { document: object }
  ? InputOf<E, "body"> | (InputOf<E, "query"> & { document: DocumentBytes })
  : InputOf<E, "query"> & BodyOfCall<E>;

type BodyOfCall<E extends Endpoint> = E extends { bodyAs: infer N extends string }
  ? Record<N, InputOf<E, "body">>
  : InputOf<E, "body">;

/** What a client passes: path parameters, query, body, image or document in one flat object. */
export type ArgumentsOf<E extends Endpoint> = InputOf<E, "params"> & SentOf<E> & UploadOf<E>;

/** Codes that a call with an `Idempotency-Key` may answer beside its own. */
export const idempotencyErrors = ["in_progress", "idempotency_key_reused"] as const;

/** Codes that any call may answer, so that endpoints list only their own. */
export const commonErrors: readonly ErrorCode[] = [
  "invalid_input",
  "method_not_allowed",
  "too_large",
  "unsupported_media_type",
  "wrong_host",
  "limit_exceeded",
  "too_many_requests",
  "internal",
  "unavailable",
];
