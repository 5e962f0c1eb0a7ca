/**
 * `revoked`: the person has taken the grant back. `refused`: Google does not let this server in, whatever the person
 * says. `gone`: what was asked for is not there, or its sync token has ended.
 */
export type GoogleFaultCode =
  | "revoked"
  | "refused"
  | "rate_limited"
  | "unavailable"
  | "bad_answer"
  | "too_large"
  | "sync_token_gone"
  | "not_found";

const passing: ReadonlySet<GoogleFaultCode> = new Set(["rate_limited", "unavailable"]);

/** What went wrong at Google. It carries nothing of what was exchanged, so that it may be logged. */
export class GoogleFault extends Error {
  readonly code: GoogleFaultCode;
  /** How long Google wants to be left alone; 0 where it does not say. */
  readonly retryAfterMs: number;

  constructor(code: GoogleFaultCode, retryAfterMs = 0) {
    super(code);
    this.name = "GoogleFault";
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether asking again may help. */
  get isPassing(): boolean {
    return passing.has(this.code);
  }
}
