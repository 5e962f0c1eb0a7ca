import type { Clock } from "../clock.ts";
import { GoogleFault } from "./fault.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Bounds {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly maxBytes: number;
}

/** Time and size are cut, whatever the other side does, and no redirect is followed: it would take a token along. */
export async function ask(url: string, init: RequestInit, bounds: Bounds): Promise<HttpAnswer> {
  const cut = new AbortController();
  const deadline = bounds.clock.schedule(bounds.deadlineMs, () => cut.abort());
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: cut.signal });
    const text = await readText(response, bounds.maxBytes);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (error instanceof GoogleFault) throw error;
    throw new GoogleFault("unavailable"); // an error of the connection names the address, and says no more
  } finally {
    deadline.cancel();
    cut.abort(); // lets go of what was not read
  }
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new GoogleFault("too_large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3); 0 where there is none, an hour at most. */
export function retryAfterMs(headers: Headers, nowMs: number): number {
  const value = headers.get("retry-after") ?? "";
  const waitMs = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), 60 * 60_000);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GoogleFault("bad_answer");
  }
}
