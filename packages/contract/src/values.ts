import { z } from "zod";
import { limits } from "./limits.ts";

const decimal = /^-?\d{1,20}(\.\d{1,30})?$/;

/** A number as it travels in responses: a decimal string without an exponent, for instance `"49.26"`. */
export const wireNumber = z.string().regex(/^-?\d+(\.\d+)?$/);

/** Accepts a finite JSON number or a decimal string; parses to a number between `min` and `max`. */
export function numberLike(min: number, max: number) {
  return z
    .union([z.number().min(min).max(max), z.string().max(52).regex(decimal, "must be a decimal number")])
    .transform(toNumber)
    .pipe(z.number().min(min).max(max));
}

/** −0 becomes 0, so that a value reads back as it is compared. */
function toNumber(value: number | string): number {
  return Number(value) + 0;
}

/** Writes a finite number without an exponent, exactly as JavaScript would print it otherwise. */
export function toWireNumber(value: number): string {
  const plain = String(value + 0);
  return plain.includes("e") ? expand(plain) : plain;
}

function expand(scientific: string): string {
  const [mantissa = "", exponentText = "0"] = scientific.split("e");
  const negative = mantissa.startsWith("-");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const text =
    point <= 0
      ? `0.${"0".repeat(-point)}${digits}`
      : point >= digits.length
        ? digits + "0".repeat(point - digits.length)
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return negative ? `-${text}` : text;
}

export const latitudeInput = numberLike(-90, 90);
export const longitudeInput = numberLike(-180, 180);

/** Instants: unix seconds, fraction allowed, from 1970 to the end of the year 9999. */
export const unixSecondsInput = numberLike(0, 253_402_300_799);

/** Length of an event in seconds: 1 s to 31 days. */
export const durationInput = numberLike(1, limits.durationMaxS);

/** A floating calendar date, `2026-03-08`, from 1970-01-02 to 9999-12-30: a day that begins within the known instants everywhere. */
export const calendarDate = z.iso
  .date()
  .refine(
    (date) => date >= "1970-01-02" && date <= "9999-12-30",
    "must lie between 1970-01-02 and 9999-12-30",
  );

/** Integer milliseconds since 1970. Every field of this kind ends in `_ms`. */
export const instantMs = z.int();

export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A length limit counts code points, so that an emoji outside the basic plane counts once. */
function withinCodePoints(max: number) {
  return (text: string) => text.length <= max || (text.length <= max * 2 && codePoints(text) <= max);
}

/** Text as a person typed it: well-formed Unicode without NUL, at most `max` code points. */
export function text(max: number) {
  return z
    .string()
    .refine(withinCodePoints(max), {
      message: `must have at most ${max} characters`,
      params: { limit: true },
    })
    .refine(
      (value) => value.isWellFormed() && !value.includes("\u0000"),
      "must be well-formed text without NUL",
    );
}

const bidiControl = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const invisibleOnly = /^[\p{White_Space}\p{Cc}\p{Cf}\p{Mn}\p{Zs}\u115f\u1160\u3164\uffa0]*$/u;

/** A name: 1 to `max` visible characters, normalised to NFC, without control or bidirectional-override characters. */
export function name(max: number) {
  return text(max)
    .refine(
      (value) => !bidiControl.test(value) && !/\p{Cc}/u.test(value),
      "must not contain control characters",
    )
    .transform((value) => value.normalize("NFC").trim())
    .refine((value) => !invisibleOnly.test(value), "must contain a visible character");
}

export const username = name(limits.usernameCodePoints);

/** An e-mail address as typed. Comparison ignores case (`emailKey`). */
export const email = z.string().max(254).pipe(z.email());

/** The form in which two spellings of one address are equal. */
export function emailKey(address: string): string {
  return address.trim().normalize("NFC").toLowerCase();
}

/** IANA time zone name, for instance `Europe/Berlin`. */
export const timeZone = z.string().min(1).max(64).refine(isTimeZone, "must be an IANA time zone");

const knownZones = new Map<string, boolean>();

function isTimeZone(zone: string): boolean {
  const known = knownZones.get(zone);
  if (known !== undefined) return known;
  const valid = /^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(zone) && zoneExists(zone);
  if (knownZones.size < 1_000) knownZones.set(zone, valid);
  return valid;
}

function zoneExists(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false; // RangeError is how Intl says that it knows no such zone
  }
}

/** BCP 47 language tag, for instance `en` or `de-CH`. */
export const locale = z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/);

/** Chosen by the client: a second send with the same one is recognised as a repeat. 1–64 printable ASCII characters. */
export const clientId = z
  .string()
  .min(1)
  .max(limits.clientIdLength)
  .regex(/^[\x21-\x7e]+$/);

/** A whole number from a query string. */
export function queryInt(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

export const pageQuery = {
  limit: queryInt(1, limits.pageMax).optional(),
  cursor: z.string().min(1).max(500).optional().describe("The `next_cursor` of the page before"),
};

export const rangeQuery = {
  from: unixSecondsInput.optional().describe("Unix seconds"),
  to: unixSecondsInput.optional().describe("Unix seconds; at most 400 days after `from`"),
};
