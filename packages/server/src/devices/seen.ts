import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { hasShares, pointsAtOnce, pointsFor, sharedWith, watchableEvents } from "../location/service.ts";
import { nameThem, tidsOf } from "./naming.ts";
import { rightsSeen } from "./rights.ts";
import type { Circle, KnownDevice } from "./tokens.ts";
import { usernameOf } from "./usernames.ts";

/** Somebody whom the device's person may see at this moment. */
export interface SeenPerson {
  readonly id: UserId;
  readonly username: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracy: number | null;
  /** These three as far as what is shown of them has it. */
  readonly battery: number | null;
  readonly speed?: number | null;
  readonly heading?: number | null;
  readonly at_ms: number;
}

export interface Seen {
  readonly self: { readonly id: UserId; readonly username: string } | null;
  readonly others: readonly SeenPerson[];
  /** The two characters that this device knows each of them by. */
  readonly tids: ReadonlyMap<UserId, string>;
}

/**
 * Whom the device's person may see now. Looking is written down. Nothing is waited for between the last look and the
 * answer, so that what has ended is not told.
 */
export async function seenBy(ctx: Context, device: KnownDevice): Promise<Seen> {
  const id = device.user;
  const username = await usernameOf(ctx, id);
  const known = await tidsOf(ctx, device);
  const self = username === null ? null : { id, username };
  const others = await shownTo(ctx, device);
  const strangers = others.filter((one) => !known.has(one.id));
  if (self !== null && !known.has(id)) strangers.push({ ...self, ...nowhere });
  if (strangers.length === 0) return { self, others, tids: known };
  const tids = await nameThem(ctx, device, strangers, new Set(others.map((one) => one.id)));
  return { self, others: await shownTo(ctx, device), tids };
}

const nowhere = { latitude: 0, longitude: 0, accuracy: null, battery: null, at_ms: 0 };

const attempts = 5;

/** What changes while it is looked up makes it begin again: looking is written down, and that takes a moment. */
async function shownTo(ctx: Context, device: KnownDevice): Promise<readonly SeenPerson[]> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = rightsSeen(ctx);
    const shown = await lookAround(ctx, device);
    if (rightsSeen(ctx) === before) return shown;
  }
  return []; // whom to show is not settled just now: the next answer says it
}

/** One of each person, the newest and finest of what the rules show of them. */
async function lookAround(ctx: Context, device: KnownDevice): Promise<readonly SeenPerson[]> {
  const viewer = device.user;
  const { events, isShownFriends } = await circleOf(ctx, device);
  const [only] = events;
  if (only === undefined && !isShownFriends) return [];
  // Nobody is twice in one event.
  if (only !== undefined && events.length === 1 && !isShownFriends) return pointsIn(ctx, viewer, only);
  const best = new Map<UserId, SeenPerson>();
  for (const event of events) for (const point of await pointsIn(ctx, viewer, event)) keepBetter(best, point);
  if (!isShownFriends) return [...best.values()];
  for (const { user: id, row } of await sharedWith(ctx, viewer)) {
    const username = await usernameOf(ctx, id);
    const [latitude, longitude] = [Number(row.latitude), Number(row.longitude)];
    if (username !== null) keepBetter(best, { ...row, id, username, latitude, longitude });
  }
  return [...best.values()];
}

function pointsIn(
  ctx: Context,
  viewer: UserId,
  event: EventId,
): readonly SeenPerson[] | Promise<SeenPerson[]> {
  return pointsAtOnce(ctx, viewer, event) ?? pointsFor(ctx, viewer, event);
}

function keepBetter(best: Map<UserId, SeenPerson>, shown: SeenPerson): void {
  const known = best.get(shown.id);
  if (known === undefined || isBetter(shown, known)) best.set(shown.id, shown);
}

/** What a phone that does not say is taken for, beside what is known to be coarser. */
const unknownAccuracyM = 100;

function isBetter(one: SeenPerson, other: SeenPerson): boolean {
  if (one.at_ms !== other.at_ms) return one.at_ms > other.at_ms;
  return (one.accuracy ?? unknownAccuracyM) < (other.accuracy ?? unknownAccuracyM);
}

/** How long it may take until a window that opens by itself is noticed. */
const circleMs = 10_000;

/** Where there may be anybody to see. Whom, and whether, is asked each time: this only spares asking in vain. */
async function circleOf(ctx: Context, device: KnownDevice): Promise<Circle> {
  const [asOf, atMs] = [rightsSeen(ctx), ctx.clock.monotonic()];
  const known = device.circle;
  if (known !== null && known.asOf === asOf && atMs - known.atMs < circleMs) return known;
  const events = await watchableEvents(ctx, device.user);
  const isShownFriends = await hasShares(ctx, device.user);
  return (device.circle = { events, isShownFriends, asOf, atMs });
}
