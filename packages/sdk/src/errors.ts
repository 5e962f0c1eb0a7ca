import { type ErrorCode, errorTable, isErrorCode, type Problem } from "@jarvis/contract";

/**
 * The server refused a call or a frame.
 *
 * `code` is one of the contract's codes; a newer server may send one that this version does not know: treat that by
 * its `status`. An answer that is no problem document (a proxy's error page) has the code `invalid_answer`.
 */
export class JarvisError extends Error {
  override readonly name = "JarvisError";
  readonly code: ErrorCode | "invalid_answer" | (string & {});
  /** HTTP status; for a frame, the status that its code has over HTTP. */
  readonly status: number;
  /** A sentence for people. */
  readonly detail: string;
  /** What is wrong with which argument, where the code is `invalid_input` or `limit_exceeded`. */
  readonly errors: readonly { path: string; message: string }[];
  /** Names this call in the server's log. */
  readonly requestId: string | null;
  /** Seconds to wait before trying again, where the server said so. */
  readonly retryAfterS: number | null;

  constructor(code: string, facts: Partial<Omit<JarvisError, "code" | "name">> = {}) {
    const known = isErrorCode(code) ? errorTable[code] : undefined;
    const detail = facts.detail ?? known?.title ?? code;
    super(`${code}: ${detail}`, { cause: facts.cause });
    this.code = code;
    this.status = facts.status ?? known?.status ?? 0;
    this.detail = detail;
    this.errors = facts.errors ?? [];
    this.requestId = facts.requestId ?? null;
    this.retryAfterS = facts.retryAfterS ?? null;
  }
}

/** No answer arrived: whether the server did what was asked is unknown. `cause` is what the platform reported. */
export class JarvisNetworkError extends Error {
  override readonly name = "JarvisNetworkError";

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new JarvisNetworkError("The connection ended", error);
}

/** Reads a failed answer: a problem document (RFC 9457), or whatever stands in its place. */
export function toJarvisError(response: Response, body: Partial<Problem>): JarvisError {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfterS = Number.isFinite(retryAfter) ? retryAfter : null;
  if (typeof body.code !== "string") {
    const detail = `HTTP ${response.status} without a problem document`;
    return new JarvisError("invalid_answer", { status: response.status, detail, retryAfterS });
  }
  return new JarvisError(body.code, {
    status: response.status,
    detail: body.detail,
    errors: body.errors,
    requestId: body.request_id ?? null,
    retryAfterS,
  });
}
