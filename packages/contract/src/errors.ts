import { z } from "zod";

/** One row per error code: the HTTP status it answers with and the short title clients may show. */
export const errorTable = {
  invalid_input: { status: 400, title: "The request is malformed or a value is out of range" },
  unauthenticated: { status: 401, title: "Sign in first" },
  no_account: { status: 401, title: "This identity has no account yet" },
  forbidden: { status: 403, title: "Not allowed" },
  outside_window: { status: 403, title: "Locations are readable only around the event" },
  reauthenticate: { status: 403, title: "Sign in again first" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  already_friends: { status: 409, title: "Already friends" },
  email_taken: { status: 409, title: "This e-mail address belongs to an account" },
  event_full: { status: 409, title: "The event is full" },
  client_id_reused: { status: 409, title: "This client_id was used for other content" },
  sharing_off: { status: 409, title: "Location sharing is paused or off for this event" },
  in_progress: { status: 409, title: "The first request with this key is still running" },
  reset: { status: 409, title: "The history before this point is gone: fetch afresh" },
  changed: { status: 412, title: "The object was changed meanwhile" },
  too_large: { status: 413, title: "The request body is too large" },
  unsupported_media_type: { status: 415, title: "The body is not of a type that this call takes" },
  wrong_host: { status: 421, title: "This server does not answer for that host" },
  limit_exceeded: { status: 422, title: "A limit was exceeded" },
  idempotency_key_reused: { status: 422, title: "This Idempotency-Key was used for another body" },
  unsupported: { status: 422, title: "Not supported by this server" },
  upgrade_required: { status: 426, title: "This is a WebSocket endpoint" },
  too_many_requests: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong on the server" },
  unavailable: { status: 503, title: "Temporarily unavailable: try again" },
} as const satisfies Record<string, { status: number; title: string }>;

/** The `code` of a problem document and of an `error` frame. Clients treat an unknown one by its status. */
export type ErrorCode = keyof typeof errorTable;

/** Body of every failed call, `application/problem+json` (RFC 9457). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;

/** True when the server's `code` is one this version of the contract knows. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
