import type { Clock } from "./clock.ts";

/** Chance as a dependency: ids, tokens and jitter come from here. */
export interface Random {
  /** UUID version 7 (RFC 9562): sorts by the clock's time. */
  id(): string;
  /** 256 random bits, base64url. */
  token(): string;
  /** A number in [0, 1). */
  fraction(): number;
}

export function secureRandom(clock: Clock): Random {
  return {
    id: () => Bun.randomUUIDv7("hex", clock.now()),
    token: () =>
      crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url", omitPadding: true }),
    fraction: () => Math.random(),
  };
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** False for anything that this server cannot have made, so that it need not be looked up. */
export function isId(text: string): boolean {
  return uuid.test(text);
}

const occurrence = /^([0-9a-f-]{36})_(0|[1-9][0-9]{0,11})$/;

/** The series of an occurrence's id, and its original start in unix seconds; null for what is none. */
export function parseOccurrenceId(text: string): { series: string; startS: number } | null {
  const [, series = "", start = ""] = occurrence.exec(text) ?? [];
  return isId(series) ? { series, startS: Number(start) } : null;
}

/** Whose people, chat and stream an event has: the series' of an occurrence, else its own. */
export function groupOf<Id extends string>(event: Id): Id {
  return (parseOccurrenceId(event)?.series ?? event) as Id; // a series' id is an event's
}

/** What is said beside a series' id where something is about one of its occurrences. */
export function occurrenceIn<Id extends string>(event: Id): { event?: Id } {
  return parseOccurrenceId(event) === null ? {} : { event };
}

export function occurrenceId(series: string, startMs: number): string {
  return `${series}_${Math.floor(startMs / 1000)}`;
}

/** SHA-256 of a text, as bytes: how tokens are held at rest. */
export function sha256(text: string): Uint8Array {
  return Bun.SHA256.hash(text) as Uint8Array; // without a second argument it always makes one
}
