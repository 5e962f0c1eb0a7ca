import type { Consent, Made, Meeting, Model, Precision, Who } from "./model.ts";
import { minute } from "./model.ts";

const hiddenMs = 10 * minute;
const trailMs = 30 * minute;

/** One fix that somebody may see, and how finely. */
export interface Seen {
  id: number;
  how: "exact" | "cell";
}

export type Sight = Seen | "paused" | null;

/** The consent by which one may look at another in an event at this instant, if there is one. */
function consentFor(model: Model, meeting: Meeting, viewer: Who, sharer: Who, now: number): Consent | null {
  const window = model.window(meeting);
  const consent = meeting.consents.get(sharer);
  if (window === null || consent === undefined || viewer === sharer) return null;
  if (now < window.from || now >= window.until) return null;
  if (!model.isGoing(meeting, viewer) || !model.isGoing(meeting, sharer)) return null;
  if (model.isBlocked(viewer, sharer) || !consent.audience.has(viewer)) return null;
  if (consent.state === "off" || now < consent.sinceMs || now >= consent.untilMs) return null;
  return consent;
}

/** From when on what was made is shown. */
function fromMs(model: Model, meeting: Meeting, consent: Consent): number {
  return Math.max(consent.sinceMs, model.window(meeting)?.from ?? Number.POSITIVE_INFINITY);
}

function isMadeSince({ atMs, receivedMs }: Made, from: number): boolean {
  return Math.min(atMs, receivedMs) >= from;
}

function as(made: Made, precision: Precision): Seen {
  return { id: made.id, how: precision === "exact" ? "exact" : "cell" };
}

export function inEvent(model: Model, meeting: Meeting, viewer: Who, sharer: Who, now: number): Sight {
  const consent = consentFor(model, meeting, viewer, sharer, now);
  if (consent === null) return null;
  if (consent.state === "paused") return "paused";
  const from = fromMs(model, meeting, consent);
  const held = [model.held(sharer, meeting.id), model.held(sharer, null)];
  const newest = held
    .filter((made) => made !== undefined)
    .filter((made) => isMadeSince(made, from))
    .toSorted((a, b) => b.atMs - a.atMs)[0];
  return newest !== undefined && now - newest.atMs <= hiddenMs ? as(newest, consent.precision) : null;
}

/** What a trail may have at most, and what it has at least: the fix that is shown, where the reader was there already. */
export function trail(model: Model, meeting: Meeting, viewer: Who, sharer: Who, now: number) {
  const consent = consentFor(model, meeting, viewer, sharer, now);
  if (consent === null || consent.state === "paused") return { may: [], must: [] };
  const from = Math.max(fromMs(model, meeting, consent), consent.audience.get(viewer) ?? now);
  const may = model.made
    .filter((made) => made.by === sharer && (made.event === null || made.event === meeting.id))
    .filter((made) => isMadeSince(made, from) && made.atMs >= now - trailMs)
    .map((made) => as(made, consent.precision));
  const shown = inEvent(model, meeting, viewer, sharer, now);
  const must = may.filter(({ id }) => shown !== null && shown !== "paused" && shown.id === id);
  return { may, must };
}

export function byShare(model: Model, viewer: Who, sharer: Who, now: number): Seen | null {
  const share = model.shares.get(`${sharer}>${viewer}`);
  if (share === undefined || now >= share.untilMs) return null;
  if (!model.isFriend(viewer, sharer) || model.isBlocked(viewer, sharer)) return null;
  const made = model.held(sharer, null);
  if (made === undefined || !isMadeSince(made, share.sinceMs) || now - made.atMs > hiddenMs) return null;
  return as(made, share.precision);
}

/** All that somebody sees of one other at this instant, wherever; in events whose windows opened until then. */
export function anywhere(model: Model, viewer: Who, sharer: Who, now: number, openedMs = now): Seen[] {
  const open = model.meetings.filter((meeting) => (model.window(meeting)?.from ?? now) <= openedMs);
  const seen = open.map((meeting) => inEvent(model, meeting, viewer, sharer, now));
  return [...seen, byShare(model, viewer, sharer, now)].filter((one) => one !== null && one !== "paused");
}

/** From when on what was said of a journey to an event is somebody's to hear; null: nothing of it is. */
export function hearsSince(
  model: Model,
  meeting: Meeting,
  viewer: Who,
  sharer: Who,
  now: number,
): number | null {
  const consent = consentFor(model, meeting, viewer, sharer, now);
  if (consent?.state !== "on" || consent.precision !== "exact") return null;
  return Math.max(consent.sinceMs, consent.audience.get(viewer) ?? now);
}

/** Whose start counts for whom: certainly, or perhaps. */
export function countsByStart(model: Model, meeting: Meeting, viewer: Who, other: Who, now: number) {
  const start = meeting.starts.get(other);
  const counts =
    start !== undefined &&
    !model.isOver(meeting, now) &&
    model.isGoing(meeting, other) &&
    !model.isBlocked(viewer, other);
  return counts ? (start.isSure ? "surely" : "perhaps") : "not";
}
