import { numberOf } from "./numbers.ts";

/** Unix seconds up to here, above it milliseconds: no app sends the year 5138, none was there in March 1973. */
const secondsMax = 1e11;
const latest = 253_402_300_799;

const written =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([Zz]|[+\- ]\d\d(?::?\d\d)?))?$/;

/** When a fix was made: unix seconds, `absent`, or `unreadable` where something stands there that is no time. */
export type At = number | "absent" | "unreadable";

/** Seconds, milliseconds, ISO 8601 with any offset, or `yyyy-MM-dd HH:mm:ss`. Without an offset it is UTC. */
export function atOf(value: unknown): At {
  if (value === undefined || value === null || value === "") return "absent";
  const number = numberOf(value);
  if (number !== undefined) return within(number < secondsMax ? number : number / 1000);
  return typeof value === "string" && value.length <= 80 ? atOfText(decoded(value.trim())) : "unreadable";
}

/** The first that can be read; only where none can it matters that something stood there. */
export function firstAt(values: readonly unknown[]): At {
  let result: At = "absent";
  for (const value of values) {
    const at = atOf(value);
    if (typeof at === "number") return at;
    if (at === "unreadable") result = at;
  }
  return result;
}

function atOfText(text: string): At {
  const parts = written.exec(text);
  if (!parts) return "unreadable";
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const days = Date.UTC(year ?? 0, (month ?? 0) - 1, day) / 1000;
  // A day that does not exist rolls over into another month.
  if (new Date(days * 1000).getUTCMonth() + 1 !== month) return "unreadable";
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 60) return "unreadable";
  const fraction = parts[7] === undefined ? 0 : Math.round(Number(`0.${parts[7]}`) * 1000) / 1000;
  const offset = offsetS(parts[8]);
  if (offset === undefined) return "unreadable";
  return within(days + (hour ?? 0) * 3600 + (minute ?? 0) * 60 + (second ?? 0) + fraction - offset);
}

/** `+02:00`, `-0700`, `+02`; a `+` that nobody escaped in a query is a space by now. */
function offsetS(text: string | undefined): number | undefined {
  if (text === undefined || text.toUpperCase() === "Z") return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(":", "") || 0);
  if (hours > 18 || minutes > 59) return undefined;
  return (text.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** GPSLogger escapes times for a URL even where they stand in a body. */
function decoded(text: string): string {
  return text.replace(/%3A/gi, ":").replace(/%2B/gi, "+");
}

function within(seconds: number): At {
  return seconds >= 0 && seconds <= latest ? seconds : "unreadable";
}
