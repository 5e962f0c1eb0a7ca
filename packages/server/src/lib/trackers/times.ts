import { numberOf } from "./numbers.ts";

/** Unix seconds up to here, above it milliseconds: no app sends the year 5138, none was there in March 1973. */
export const secondsMax = 1e11;
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
  const [month, hour, minute] = [Number(parts[2]), Number(parts[4]), Number(parts[5])];
  const days = Date.UTC(Number(parts[1]), month - 1, Number(parts[3])) / 1000;
  // A day that does not exist rolls over into another month.
  if (new Date(days * 1000).getUTCMonth() + 1 !== month || hour > 23 || minute > 59) return "unreadable";
  const second = Number(parts[6] ?? 0);
  const fraction = Math.round(Number(`0.${parts[7] ?? 0}`) * 1000) / 1000;
  const offset = offsetS(parts[8]);
  if (second > 60 || offset === undefined) return "unreadable";
  return within(days + hour * 3600 + minute * 60 + second + fraction - offset);
}

/** `+02:00`, `-0700`, `+02`; a `+` that nobody escaped in a query is a space by now. */
function offsetS(text: string | undefined): number | undefined {
  if (text === undefined || text.toUpperCase() === "Z") return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(":", ""));
  if (hours > 18 || minutes > 59) return undefined;
  return (text.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** GPSLogger escapes times for a URL even where they stand in a body. */
function decoded(text: string): string {
  return text.replace(/%3A/gi, ":").replace(/%2B/gi, "+");
}

/** -0 becomes 0, so that a value reads back as it is compared. */
function within(seconds: number): At {
  return seconds >= 0 && seconds <= latest ? seconds + 0 : "unreadable";
}
