import { type ErrorCode, errorTable, type Problem, rates } from "@jarvis/contract";
import { StorageError } from "../db/database.ts";
import { AppError, type ErrorDetails } from "../lib/app-error.ts";
import { BlobsUnavailable } from "../lib/blobs.ts";
import type { Log } from "../lib/log.ts";

/** What the caller may know of an error; anything unforeseen becomes `internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof StorageError)
    return new AppError("unavailable", { detail: "The store does not take writes just now", retryAfterS: 1 });
  if (error instanceof BlobsUnavailable)
    return new AppError("unavailable", { detail: "The photos cannot be reached just now", retryAfterS: 5 });
  return new AppError("internal");
}

/** An unforeseen error is logged with the id that the caller sees, and sent without its text. */
export function logUnforeseen(log: Log, error: unknown, requestId: string): void {
  if (error instanceof AppError && error.code !== "internal") return;
  log.error({ error, request_id: requestId }, "request failed");
}

/** RFC 9457 problem document. */
export function problemResponse(
  error: AppError,
  requestId: string,
  headers: Record<string, string> = {},
): Response {
  const { status, title } = errorTable[error.code];
  const body: Problem = {
    type: problemType(error.code),
    title,
    status,
    code: error.code,
    detail: error.details.detail ?? title,
    request_id: requestId,
    ...(error.details.errors ? { errors: error.details.errors } : {}),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "x-request-id": requestId,
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...retryHeaders(error.details),
      ...headers,
    },
  });
}

/** When to try again and, where a rate was exceeded, which (draft-ietf-httpapi-ratelimit-headers). */
function retryHeaders({ retryAfterS, rate }: ErrorDetails): Record<string, string> {
  if (retryAfterS === undefined) return {};
  const seconds = Math.max(1, Math.ceil(retryAfterS));
  const retry = { "retry-after": String(seconds) };
  if (rate === undefined) return retry;
  const policy = `"${rate}";q=${rates[rate].points};w=${rates[rate].seconds}`;
  return { ...retry, ratelimit: `"${rate}";r=0;t=${seconds}`, "ratelimit-policy": policy };
}

/** A URI that names the problem; it need not resolve (RFC 9457, section 3.1.1). */
function problemType(code: ErrorCode): string {
  return `urn:jarvis:problem:${code}`;
}
