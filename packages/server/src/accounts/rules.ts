import { codePoints, type HoursWindow, limits, type Settings, username } from "@jarvis/contract";

const day = 24 * 60 * 60_000;

/** A session ends when it was not used for this long … */
export const idleMs = 30 * day;
/** … and at this age in any case. */
export const lifetimeMs = 90 * day;
/** The store learns of a session's use at most this often. */
export const touchMs = 60 * 60_000;

/** The form in which two spellings of a username are equal. */
export function usernameKey(username: string): string {
  return username.normalize("NFKC").toLowerCase();
}

const shortestPrefix = 3;

/** The keys that begin with this text, from … to, the end excluded; none when it is too short. */
export function keysBeginning(query: string): { fromKey: string; toKey: string } {
  const key = usernameKey(query);
  if (codePoints(key) < shortestPrefix) return { fromKey: "", toKey: "" };
  return { fromKey: key, toKey: `${key}\u{10ffff}` };
}

/** How long a sign-in counts as fresh, for what a stolen token must not do. */
export const freshMs = 5 * 60_000;

/** An issuer's clock may be a little ahead of ours. */
export function isFresh({ signedInMs }: { signedInMs: number }, now: number): boolean {
  return now - signedInMs <= freshMs;
}

export function isSessionAlive(session: { used_ms: number; expires_ms: number }, now: number): boolean {
  return now < session.expires_ms && now < session.used_ms + idleMs;
}

/** So long works a password that the operator made; its owner must have set another one by then. */
export const operatorPasswordMs = day;

interface HeldPassword {
  password_hash: string | null;
  password_expires_ms: number | null;
}

/** What a password is compared with; an expired one is as if there were none. */
export function usableHash({ password_hash, password_expires_ms }: HeldPassword, now: number): string | null {
  return password_expires_ms === null || now < password_expires_ms ? password_hash : null;
}

const own = "https://own.invalid";
const strange = /[\\\p{Cc}\s]|%2f|%5c|\/\//iu;

/** A path inside the app that a browser may be sent back to, in its plain form; null for anything that could lead elsewhere. */
export function returnPath(text: string): string | null {
  const url = text.startsWith("/app") && !strange.test(text) ? URL.parse(text, own) : null;
  if (url === null || url.origin !== own || !/^\/app(\/|$)/.test(url.pathname)) return null;
  return url.pathname + url.search + url.hash;
}

/** A username for somebody who comes with an identity: its name, else what stands before the @. */
export function usernameFrom(name: string | null, email: string): string {
  const candidates = [name ?? "", email.split("@")[0] ?? ""];
  const names = candidates.map((text) =>
    username.safeParse(Array.from(text).slice(0, limits.usernameCodePoints).join("")),
  );
  return names.find(({ success }) => success)?.data ?? "Friend";
}

/** What becomes of an address when an identity without an account comes with it. */
export type Claim = "free" | "release" | "taken";

/** A confirmed address stays with its account; an unconfirmed one goes to the first who proves it. */
export function claimAddress(holder: { email_confirmed: number } | undefined, proven: boolean): Claim {
  if (holder === undefined) return "free";
  return holder.email_confirmed === 0 && proven ? "release" : "taken";
}

/** Refuses tokens from before a sign-out everywhere. */
export function isIssuedTooEarly(token: { issuedMs: number }, user: { id_tokens_from_ms: number }): boolean {
  return token.issuedMs < user.id_tokens_from_ms;
}

type Flag = 0 | 1;
type ColumnOf<T> = T extends boolean ? Flag : T extends object ? string : T;
type SettingColumns = { [K in keyof Settings]: ColumnOf<Settings[K]> };
/** A truth value comes out of the store as any number would. */
type StoredSettings = { [K in keyof Settings]: SettingColumns[K] extends Flag ? number : SettingColumns[K] };

/** Settings as the store has them: truth values are 0 or 1, lists are JSON. */
export function settingColumns(settings: Partial<Settings>): Partial<SettingColumns> {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  const columns = entries.map(([key, value]) => [key, columnOf(value)]);
  return Object.fromEntries(columns) as Partial<SettingColumns>; // key by key the same setting
}

function columnOf(value: Settings[keyof Settings]): string | number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

/** Settings as they are shown. */
export function settingsOf(row: StoredSettings): Settings {
  return {
    findable: row.findable === 1,
    findable_by_email: row.findable_by_email === 1,
    busy_for: row.busy_for,
    invites_from: row.invites_from,
    show_online: row.show_online === 1,
    until_arrival: row.until_arrival === 1,
    hours: hoursOf(row),
    travel_buffer: row.travel_buffer,
  };
}

/** The column holds JSON that this server wrote by the contract's own type. */
export function hoursOf({ hours }: { hours: string | null }): HoursWindow[] | null {
  return hours === null ? null : (JSON.parse(hours) as HoursWindow[]);
}
