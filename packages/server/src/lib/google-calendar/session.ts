import type { z } from "zod";
import { type Clock, pause } from "../clock.ts";
import type { Random } from "../ids.ts";
import { apiError } from "./answers.ts";
import type { GoogleEndpoints } from "./endpoints.ts";
import { GoogleFault, type GoogleFaultCode } from "./fault.ts";
import { ask, type HttpAnswer, parseJson, retryAfterMs } from "./http.ts";
import type { GoogleOAuth } from "./oauth.ts";

interface SessionParts {
  readonly oauth: GoogleOAuth;
  readonly endpoints: GoogleEndpoints;
  readonly clock: Clock;
  readonly random: Random;
}

/** Calls of the Calendar API for one person: renews the access token, and is patient where Google asks for it. */
export interface GoogleSession {
  get<S extends z.ZodType>(path: string, parameters: Record<string, string>, schema: S): Promise<z.output<S>>;
  /** The one to keep: Google may have given another. */
  readonly refreshToken: string;
}

interface Access {
  readonly refreshToken: string;
  /** Where one is at hand already. */
  readonly accessToken?: string | undefined;
  /** How long waits may take in all before a fault is told. */
  readonly patienceMs: number;
}

const bounds = { deadlineMs: 15_000, maxBytes: 8 * 1024 * 1024 };
const firstWaitMs = 1_000;
const longestWaitMs = 32_000;

export function openSession(parts: SessionParts, access: Access): GoogleSession {
  const { oauth, endpoints, clock } = parts;
  let { refreshToken } = access;
  let accessToken = access.accessToken ?? null;
  let patienceMs = access.patienceMs;

  async function renew(): Promise<string> {
    const grant = await oauth.refresh(refreshToken);
    refreshToken = grant.refreshToken;
    return (accessToken = grant.accessToken);
  }

  async function call(url: string): Promise<HttpAnswer> {
    const answer = await get(url, accessToken ?? (await renew()), clock);
    if (answer.status !== 401) return answer;
    const again = await get(url, await renew(), clock);
    if (again.status === 401) throw new GoogleFault("unavailable"); // its own fresh token
    return again;
  }

  /** The same call again, after longer and longer waits: nothing that was read before is asked for twice. */
  async function patiently(url: string): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      const outcome = await attempted(call(url), clock);
      if (typeof outcome === "string") return outcome;
      const waitMs = waitOf(outcome, attempt, parts.random);
      if (!outcome.isPassing || waitMs > patienceMs) throw outcome;
      patienceMs -= waitMs;
      await pause(clock, waitMs);
    }
  }

  return {
    async get(path, parameters, schema) {
      const url = `${endpoints.api}${path}?${new URLSearchParams(parameters)}`;
      const parsed = schema.safeParse(parseJson(await patiently(url)));
      if (!parsed.success) throw new GoogleFault("bad_answer");
      return parsed.data;
    },
    get refreshToken() {
      return refreshToken;
    },
  };
}

function get(url: string, accessToken: string, clock: Clock): Promise<HttpAnswer> {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
  return ask(url, { headers }, { clock, ...bounds });
}

async function attempted(answer: Promise<HttpAnswer>, clock: Clock): Promise<string | GoogleFault> {
  try {
    const { status, headers, text } = await answer;
    if (status === 200) return text;
    return new GoogleFault(codeOf(status, text), retryAfterMs(headers, clock.now()));
  } catch (error) {
    if (error instanceof GoogleFault) return error;
    throw error;
  }
}

/** Exponential with jitter, so that those who were refused together do not come back together. */
function waitOf(fault: GoogleFault, attempt: number, random: Random): number {
  const backoffMs = Math.min(firstWaitMs * 2 ** attempt, longestWaitMs) + random.fraction() * firstWaitMs;
  return Math.max(fault.retryAfterMs, backoffMs);
}

const limitReasons: ReadonlySet<string> = new Set([
  "rateLimitExceeded",
  "userRateLimitExceeded",
  "quotaExceeded",
  "dailyLimitExceeded",
]);

function codeOf(status: number, text: string): GoogleFaultCode {
  if (status === 410) return "sync_token_gone";
  if (status === 404) return "not_found";
  if (status === 429) return "rate_limited";
  if (status >= 500) return "unavailable";
  if (status === 403 && reasonsOf(text).some((reason) => limitReasons.has(reason))) return "rate_limited";
  return "refused";
}

function reasonsOf(text: string): string[] {
  try {
    const parsed = apiError.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.error.errors.map(({ reason }) => reason) : [];
  } catch {
    return []; // not JSON: a page of something in between
  }
}
