import type { ErrorCode, RateName } from "@jarvis/contract";

export interface ErrorDetails {
  /** One sentence for the person who made the call. */
  detail?: string;
  errors?: { path: string; message: string }[];
  retryAfterS?: number;
  /** The rate that was exceeded. */
  rate?: RateName;
}

/** The one error that a caller is told about. Everything else becomes `internal`: logged, and sent without its text. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.detail ?? code);
    this.name = "AppError";
    this.code = code;
    this.details = details;
  }
}

export function notFound(): AppError {
  return new AppError("not_found");
}
