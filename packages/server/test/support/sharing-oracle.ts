/**
 * Who may see whom, told from the history alone: what was done, when, and whether it was accepted. Deliberately naive
 * and written apart from the server's rules: every question replays the whole history.
 */
const minute = 60_000;

export type Person = number;

export interface FixMade {
  latitude: number;
  atMs: number;
}

export type Deed =
  | { kind: "times"; startMs: number | null; durationMs: number }
  | { kind: "cancel" }
  | { kind: "accept" | "maybe"; who: Person }
  /** Declined, left or was removed. */
  | { kind: "gone"; who: Person }
  | { kind: "block" | "unblock"; who: Person; other: Person }
  /** Consent: put, or given by accepting a request; `present` are those in the event at that moment. */
  | { kind: "on"; who: Person; present: Person[] }
  | { kind: "paused" | "off"; who: Person }
  | { kind: "general"; who: Person; fix: FixMade }
  | { kind: "forEvent"; who: Person; fix: FixMade; present: Person[] }
  | { kind: "purge" };

export type Event = Deed & { ms: number };
type History = readonly Event[];

export function isGoing(history: History, who: Person): boolean {
  const last = history.findLast(
    (deed) => (deed.kind === "accept" || deed.kind === "maybe" || deed.kind === "gone") && deed.who === who,
  );
  return last?.kind === "accept";
}

export function window(history: History): { from: number; until: number } | null {
  if (history.some((deed) => deed.kind === "cancel")) return null;
  const times = history.findLast((deed) => deed.kind === "times");
  if (times?.kind !== "times" || times.startMs === null) return null;
  return { from: times.startMs - 60 * minute, until: times.startMs + times.durationMs + 15 * minute };
}

export function isOpen(history: History, now: number): boolean {
  const open = window(history);
  return open !== null && open.from <= now && now < open.until;
}

function isBlocked(history: History, a: Person, b: Person): boolean {
  const stands = (who: Person, other: Person) =>
    history.findLast(
      (deed) =>
        (deed.kind === "block" || deed.kind === "unblock") && deed.who === who && deed.other === other,
    )?.kind === "block";
  return stands(a, b) || stands(b, a);
}

const consentKinds = new Set(["on", "paused", "off", "gone"]);

/** The first fix for the event is consent too, when nothing was ever said about it. */
function consentDeeds(history: History, who: Person): { index: number; deed: Event; means: string }[] {
  const found: { index: number; deed: Event; means: string }[] = [];
  for (const [index, deed] of history.entries()) {
    if (!("who" in deed) || deed.who !== who) continue;
    if (consentKinds.has(deed.kind)) found.push({ index, deed, means: deed.kind });
    const wasSet = found.some(({ means }) => means !== "gone");
    if (deed.kind === "forEvent" && !wasSet) found.push({ index, deed, means: "on" });
  }
  return found;
}

interface Given {
  means: "on" | "paused";
  since: number;
  until: number;
  index: number;
  present: Person[];
}

function consent(history: History, who: Person): Given | null {
  let given: Given | null = null;
  for (const { index, deed, means } of consentDeeds(history, who)) {
    if (means === "on") {
      const bounds = window(history.slice(0, index + 1));
      if (bounds === null || !("present" in deed)) throw new Error("consent was accepted without a window");
      const goesOn: boolean =
        given !== null && given.means === "on" && given.since <= deed.ms && deed.ms < given.until;
      const since = Math.max(goesOn && given !== null ? given.since : deed.ms, bounds.from);
      given = { means: "on", since, until: bounds.until, index, present: deed.present };
    } else if (means === "paused") {
      given = pausedFrom(given, deed.ms);
    } else {
      given = null;
    }
  }
  return given;
}

/** A pause of what has run out, or was never given, has no audience. */
function pausedFrom(given: Given | null, now: number): Given | null {
  return given !== null && now < given.until ? { ...given, means: "paused" } : null;
}

function isInAudience(history: History, given: Given, sharer: Person, viewer: Person): boolean {
  if (!given.present.includes(viewer)) return false;
  if (isBlocked(history.slice(0, given.index + 1), sharer, viewer)) return false;
  return !history.slice(given.index + 1).some((deed) => {
    if (deed.kind === "gone") return deed.who === viewer;
    if (deed.kind !== "block") return false;
    return (deed.who === sharer && deed.other === viewer) || (deed.who === viewer && deed.other === sharer);
  });
}

type Received = FixMade & { receivedMs: number };

/** What the server holds at most: the newest of each sort, and of the event's nothing from before it was deleted. */
function held(history: History, who: Person): Received[] {
  let general: Received | null = null;
  let forEvent: Received | null = null;
  for (const [index, deed] of history.entries()) {
    const isOwn = "who" in deed && deed.who === who;
    if (deed.kind === "general" && isOwn && (general === null || deed.fix.atMs >= general.atMs)) {
      general = { ...deed.fix, receivedMs: deed.ms };
    }
    if (deed.kind === "forEvent" && isOwn && (forEvent === null || deed.fix.atMs >= forEvent.atMs)) {
      forEvent = { ...deed.fix, receivedMs: deed.ms };
    }
    if (isOwn && (deed.kind === "paused" || deed.kind === "off" || deed.kind === "gone")) forEvent = null;
    if (deed.kind === "purge") {
      const past = history.slice(0, index);
      const given = consent(past, who);
      const isShared = given !== null && given.means === "on" && deed.ms < given.until;
      if (!isShared || !isOpen(past, deed.ms)) forEvent = null;
    }
  }
  return [forEvent, general].filter((fix) => fix !== null);
}

/** What one may see of another now: nothing, that they paused, or one fix. */
export function sight(
  history: History,
  viewer: Person,
  sharer: Person,
  now: number,
): FixMade | "paused" | null {
  const open = window(history);
  const given = consent(history, sharer);
  if (viewer === sharer || open === null || !isOpen(history, now) || given === null) return null;
  if (!isGoing(history, viewer) || !isGoing(history, sharer)) return null;
  if (isBlocked(history, viewer, sharer) || !isInAudience(history, given, sharer, viewer)) return null;
  if (now < given.since || now >= given.until) return null;
  if (given.means === "paused") return "paused";
  const from = Math.max(given.since, open.from);
  const fixes = held(history, sharer).filter((fix) => fix.atMs >= from && fix.receivedMs >= from);
  const newest = fixes.toSorted((a, b) => b.atMs - a.atMs)[0];
  return newest !== undefined && now - newest.atMs <= 10 * minute ? newest : null;
}
