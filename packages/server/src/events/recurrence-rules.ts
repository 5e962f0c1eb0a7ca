/** Parts of a rule that this server takes (RFC 5545, 3.3.10). */
const allowed = new Set([
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "BYDAY",
  "BYMONTHDAY",
  "BYMONTH",
  "BYSETPOS",
  "BYWEEKNO",
  "BYYEARDAY",
  "WKST",
]);
/** Parts and frequencies of what takes place more than once a day. */
const finer = new Set(["BYHOUR", "BYMINUTE", "BYSECOND"]);
const finerFrequencies = new Set(["HOURLY", "MINUTELY", "SECONDLY"]);
const part = /^([A-Z]+)=([A-Z0-9,+-]{1,400})$/;

export type Recurrence = { rule: string } | { fault: "malformed" | "unsupported" };

/** A rule as it is kept, without `RRULE:`. What its values mean is for whoever expands it to say. */
export function parseRecurrence(text: string): Recurrence {
  const rule = text
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, "")
    .replace(/;$/, "");
  const parts = new Map<string, string>();
  for (const piece of rule.split(";")) {
    const [, name = "", value = ""] = part.exec(piece) ?? [];
    if (!(allowed.has(name) || finer.has(name)) || parts.has(name)) return { fault: "malformed" };
    parts.set(name, value);
  }
  const frequency = parts.get("FREQ");
  if (frequency === undefined || (parts.has("COUNT") && parts.has("UNTIL"))) return { fault: "malformed" };
  const isFiner = finerFrequencies.has(frequency) || [...finer].some((name) => parts.has(name));
  return isFiner ? { fault: "unsupported" } : { rule };
}

/** Whether a rule ends by itself. */
export function hasEnd(rule: string): boolean {
  return /(^|;)(COUNT|UNTIL)=/.test(rule);
}

/** The rule with another end: its last instance is the last before this instant. */
export function endedBefore(rule: string, ms: number): string {
  return withUntil(rule, new Date(ms - 1000).toISOString().replaceAll(/[-:]|\.\d{3}/g, ""));
}

/** Of whole days: the last one is at most that day, `2026-03-08`. */
export function endedOn(rule: string, date: string): string {
  return withUntil(rule, date.replaceAll("-", ""));
}

function withUntil(rule: string, until: string): string {
  const rest = rule.split(";").filter((piece) => !/^(COUNT|UNTIL)=/.test(piece));
  return [...rest, `UNTIL=${until}`].join(";");
}

/** What an occurrence can be given for itself. */
export const ownKeys = ["name", "description", "start", "duration", "time_zone", "place"] as const;
export type OwnKey = (typeof ownKeys)[number];

const keyOfColumn: Readonly<Record<string, OwnKey>> = {
  name: "name",
  description: "description",
  start_ms: "start",
  all_day: "start",
  start_date: "start",
  end_date: "start",
  duration_ms: "duration",
  time_zone: "time_zone",
  place_name: "place",
  place_address: "place",
  place_latitude: "place",
  place_longitude: "place",
};

export function ownKeysIn(json: string | null): Set<OwnKey> {
  return new Set(json === null ? [] : (JSON.parse(json) as OwnKey[])); // as `withOwn` wrote it
}

/** What an occurrence has of its own once it was given these columns. */
export function withOwn(json: string | null, changed: object): string | null {
  const keys = ownKeysIn(json);
  for (const column of Object.keys(changed)) {
    const key = keyOfColumn[column];
    if (key !== undefined) keys.add(key);
  }
  return keys.size === 0 ? null : JSON.stringify([...keys].toSorted());
}
