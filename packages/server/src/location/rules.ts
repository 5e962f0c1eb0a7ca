import type { FixInput, Precision, SharingState } from "@jarvis/contract";
import { isParticipant, type Times, windowOf } from "../events/rules.ts";

/** Fixes older than this are marked stale, and older than the second not shown at all. */
export const staleMs = 120_000;
const hiddenMs = 10 * 60_000;
/** A fix that nobody shares is its author's own, for a day. */
export const keptMs = 24 * 60 * 60_000;
/** A look is recorded at most this often for each pair. */
const viewEveryMs = 60_000;
const futureMs = 60_000;

type Membership = Parameters<typeof isParticipant>[0];

/** Consent as stored: `since_ms` begins the present `on` interval, `until_ms` ends all of it. */
export interface Consent {
  state: SharingState;
  since_ms: number | null;
  until_ms: number | null;
}

/** What of a fix others may come to see. */
export interface Fix {
  latitude: number;
  longitude: number;
  accuracy: number | null;
  at_ms: number;
  received_ms: number;
}

export interface Interval {
  fromMs: number;
  untilMs: number;
}

/** Everything that decides whether one person may see another in an event. */
export interface Sight {
  event: Times;
  viewer: Membership;
  sharer: Membership;
  consent: Consent;
  inAudience: boolean;
  /** In either direction. */
  blocked: boolean;
}

/** Accepting is what sharing and looking need; it is not consent. */
export function isGoing(person: Membership): boolean {
  return isParticipant(person) && person.rsvp === "accepted";
}

/** The event's window, when `now` is inside it. */
export function openWindow(event: Times, now: number): Interval | null {
  const window = windowOf(event);
  return window !== null && window.fromMs <= now && now < window.untilMs ? window : null;
}

/** Who may see whom at an instant, and what: the only place that decides it, for every way of looking. */
export function sightAt(sight: Sight, now: number): "nothing" | "paused" | "position" {
  const allowed =
    openWindow(sight.event, now) !== null &&
    isGoing(sight.viewer) &&
    isGoing(sight.sharer) &&
    sight.inAudience &&
    !sight.blocked &&
    isWithin(sight.consent, now);
  if (!allowed) return "nothing";
  if (sight.consent.state === "paused") return "paused";
  return sight.consent.state === "on" ? "position" : "nothing";
}

/** Until when `sightAt` answers as it does now, where nothing that it is asked with changes. */
export function sightUntil({ event, consent }: Sight, now: number): number {
  const window = windowOf(event);
  let untilMs = Number.POSITIVE_INFINITY;
  for (const bound of [window?.fromMs, window?.untilMs, consent.since_ms, consent.until_ms])
    if (typeof bound === "number" && bound > now) untilMs = Math.min(untilMs, bound);
  return untilMs;
}

/** Whether consent covers this instant, paused or not. */
export function isWithin({ since_ms, until_ms }: Omit<Consent, "state">, now: number): boolean {
  return since_ms !== null && until_ms !== null && since_ms <= now && now < until_ms;
}

/** What was made before is nobody's to see: the present `on` interval and the window begin here. */
export function shownFrom(consent: Consent, window: Interval): number {
  return Math.max(consent.since_ms ?? Number.POSITIVE_INFINITY, window.fromMs);
}

/**
 * A fix counts as made when it says so, but never later than when it came: one from the future must not slip out of a
 * pause.
 */
export function madeSince(fix: Pick<Fix, "at_ms" | "received_ms">, fromMs: number): boolean {
  return Math.min(fix.at_ms, fix.received_ms) >= fromMs;
}

/** The newest fix of the present `on` interval and window. */
export function shownFix<F extends Pick<Fix, "at_ms" | "received_ms">>(
  fixes: readonly F[],
  consent: Consent,
  window: Interval,
  now: number,
): F | null {
  return newestSince(fixes, shownFrom(consent, window), now);
}

function newestSince<F extends Pick<Fix, "at_ms" | "received_ms">>(
  fixes: readonly F[],
  fromMs: number,
  now: number,
): F | null {
  let newest: F | null = null;
  for (const fix of fixes)
    if (madeSince(fix, fromMs) && (newest === null || fix.at_ms > newest.at_ms)) newest = fix;
  return newest === null || isHidden(newest, now) ? null : newest;
}

/** Nobody is shown where somebody was so long ago. */
export function isHidden(fix: Pick<Fix, "at_ms">, now: number): boolean {
  return now - fix.at_ms > hiddenMs;
}

/** Everything that decides whether a friend is shown where somebody is, beside events. */
export interface ShareSight {
  friends: boolean;
  /** In either direction. */
  blocked: boolean;
  since_ms: number;
  until_ms: number;
}

/**
 * What a friend may see at an instant through a share: the only place that decides it, for every way of looking. As in
 * an event, a fix counts as made when it says so, but never later than when it came.
 */
export function sharedFix<F extends Fix>(sight: ShareSight, fixes: readonly F[], now: number): F | null {
  const { friends, blocked, since_ms: sinceMs, until_ms: untilMs } = sight;
  if (!friends || blocked || now < sinceMs || now >= untilMs) return null;
  return newestSince(fixes, sinceMs, now);
}

/** The state a sharer is told: consent that has run out is off. */
export function stateOf(consent: Consent | undefined, now: number): SharingState {
  if (consent === undefined) return "off";
  return consent.until_ms !== null && consent.until_ms <= now ? "off" : consent.state;
}

/** Whether consent given or paused still has an audience: a pause of what was never on has none. */
export function hasAudience(consent: Consent | undefined, now: number): consent is Consent {
  return consent !== undefined && consent.until_ms !== null && stateOf(consent, now) !== "off";
}

/** The state that others are told: a pause of what was never on is nothing that anybody could see. */
export function announcedState(consent: Consent | undefined, now: number): SharingState {
  return hasAudience(consent, now) ? consent.state : "off";
}

/** Whether what is uploaded for the event alone would be seen now. */
export function isSharing(consent: Consent, now: number): boolean {
  return consent.state === "on" && isWithin(consent, now);
}

/**
 * The interval that consent given now covers; null when the event has no window any more. Given again while it is on,
 * it keeps its start; after a pause it begins now, so that nothing from before or during the pause is shown.
 */
export function consentFrom(event: Times, previous: Consent | undefined, now: number): Interval | null {
  const window = windowOf(event);
  if (window === null || window.untilMs <= now) return null;
  const goesOn = previous !== undefined && isSharing(previous, now);
  const fromMs = goesOn && previous.since_ms !== null ? previous.since_ms : now;
  return { fromMs: Math.max(fromMs, window.fromMs), untilMs: window.untilMs };
}

/**
 * Whether those who see somebody keep what they could see so far when consent is given again: not after a pause, and not
 * where it was coarse and becomes exact, for what was shown in cells was agreed to in cells.
 */
export function keepsAudience(
  previous: Consent & { precision: Precision },
  precision: Precision,
  now: number,
): boolean {
  return isSharing(previous, now) && !(previous.precision === "coarse" && precision === "exact");
}

/** When an uploaded fix was made, in milliseconds; null when it lies too far in the future. */
export function fixTime(input: Pick<FixInput, "at">, now: number): number | null {
  const at = input.at === undefined ? now : Math.round(input.at * 1000);
  return at <= now + futureMs ? at : null;
}

/** Whether a look is to be written down, or was less than a minute ago; one from the future was before the clock was put right. */
export function isNewView(viewedMs: number | null, now: number): boolean {
  return viewedMs === null || Math.abs(now - viewedMs) >= viewEveryMs;
}

/** When the next look of a pair is new. */
export function nextViewMs(viewedMs: number): number {
  return viewedMs + viewEveryMs;
}
