import type { PositionRow, UserId } from "@jarvis/contract";
import { findPerson } from "../accounts/service.ts";
import type { Context } from "../context.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import { sharedWith, visibleTo } from "../location/service.ts";
import type { FriendPosition } from "../location/shares.ts";
import { rightsSeen } from "./rights.ts";
import { freeTid } from "./rules.ts";
import { deleteTid, insertTid, listTids } from "./tid-store.ts";
import { type KnownDevice, profileChangesSeen } from "./tokens.ts";

/** Somebody whom the device's person may see at this moment. */
export interface SeenPerson {
  readonly username: string;
  readonly tid: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracy: number | null;
  readonly at_ms: number;
}

export interface Seen {
  readonly self: { readonly username: string; readonly tid: string } | null;
  readonly others: readonly SeenPerson[];
}

type Shown = Omit<SeenPerson, "tid"> & { readonly user: UserId };

/**
 * Whom the device's person may see now, each under the two characters that this device knows them by. Looking is written
 * down. Nothing is waited for between the last look and the answer, so that what has ended is not told.
 */
export async function seenBy(ctx: Context, device: KnownDevice): Promise<Seen> {
  const username = await usernameOf(ctx, device.user);
  device.tids ??= await readTids(ctx, device);
  let shown = await shownTo(ctx, device.user);
  const strangers = namesOf(shown, device.user, username).filter(([user]) => !device.tids?.has(user));
  if (strangers.length > 0) {
    await nameThem(ctx, device, strangers, new Set(shown.map(({ user }) => user)));
    shown = await shownTo(ctx, device.user);
  }
  const { tids } = device;
  const tid = tids.get(device.user);
  return {
    self: username === null || tid === undefined ? null : { username, tid },
    others: shown.flatMap(({ user, ...rest }) => {
      const known = tids.get(user);
      return known === undefined ? [] : [{ ...rest, tid: known }];
    }),
  };
}

type Named = readonly [user: UserId, username: string];

function namesOf(shown: readonly Shown[], self: UserId, username: string | null): Named[] {
  const others = shown.map(({ user, username: name }): Named => [user, name]);
  return username === null ? others : [[self, username], ...others];
}

const namesAtMost = 20_000;

type Names = BoundedMap<UserId, { username: string; asOf: number }>;

const names = new WeakMap<Context, Names>();

function namesIn(ctx: Context): Names {
  const known: Names = names.get(ctx) ?? new BoundedMap(namesAtMost);
  names.set(ctx, known);
  return known;
}

/** What somebody is called, read once for as long as nobody has changed their name. */
async function usernameOf(ctx: Context, user: UserId): Promise<string | null> {
  const known = namesIn(ctx);
  const asOf = profileChangesSeen(ctx);
  const found = known.get(user);
  if (found?.asOf === asOf) return found.username;
  const person = await findPerson(ctx, user);
  if (person === undefined) return null;
  known.set(user, { username: person.username, asOf });
  return person.username;
}

const attempts = 5;

/** What changes while it is looked up makes it begin again: looking is written down, and that takes a moment. */
async function shownTo(ctx: Context, viewer: UserId): Promise<Shown[]> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = rightsSeen(ctx);
    const shown = await lookAround(ctx, viewer);
    if (rightsSeen(ctx) === before) return shown;
  }
  return []; // whom to show is not settled just now: the next answer says it
}

/** One row for each person, the newest and finest of what the rules show of them. */
async function lookAround(ctx: Context, viewer: UserId): Promise<Shown[]> {
  const best = new Map<UserId, Shown>();
  const add = (shown: Shown) => {
    const known = best.get(shown.user);
    if (known === undefined || isBetter(shown, known)) best.set(shown.user, shown);
  };
  for (const { row } of await visibleTo(ctx, viewer)) {
    const shown = toShown(row);
    if (shown !== null) add(shown);
  }
  for (const { user, row } of await sharedWith(ctx, viewer)) {
    const username = await usernameOf(ctx, user);
    if (username !== null) add(friendShown(user, username, row));
  }
  return [...best.values()];
}

function friendShown(user: UserId, username: string, row: FriendPosition): Shown {
  const { accuracy, at_ms } = row;
  return {
    user,
    username,
    latitude: Number(row.latitude),
    longitude: Number(row.longitude),
    accuracy,
    at_ms,
  };
}

/** What a phone that does not say is taken for, beside what is known to be coarser. */
const unknownAccuracyM = 100;

function isBetter(one: Shown, other: Shown): boolean {
  if (one.at_ms !== other.at_ms) return one.at_ms > other.at_ms;
  return (one.accuracy ?? unknownAccuracyM) < (other.accuracy ?? unknownAccuracyM);
}

/** Null of a row without a position: of somebody who has paused. */
function toShown({ id, username, latitude, longitude, accuracy, at_ms }: PositionRow): Shown | null {
  if (latitude === undefined || longitude === undefined || at_ms === undefined) return null;
  const user = id as UserId; // the rules' own rows
  const place = { latitude: Number(latitude), longitude: Number(longitude) };
  return { user, username, ...place, accuracy: accuracy ?? null, at_ms };
}

async function readTids(ctx: Context, { id }: KnownDevice): Promise<Map<UserId, string>> {
  const rows = await listTids(ctx.db.read, id);
  return new Map(rows.map(({ user_id, tid }) => [user_id, tid]));
}

/** Gives them what nobody else has on this device, in one unit: two answers that come at once agree. */
async function nameThem(
  ctx: Context,
  device: KnownDevice,
  people: readonly Named[],
  visible: ReadonlySet<UserId>,
): Promise<void> {
  const tids = await ctx.db.write(async (tx) => {
    const known = new Map((await listTids(tx.sql, device.id)).map(({ user_id, tid }) => [user_id, tid]));
    for (const [user, name] of people) {
      if (known.has(user)) continue;
      const used = new Set(known.values());
      let tid = freeTid(name, (one) => used.has(one));
      if (tid === null) {
        // All are given: somebody who is not seen now makes room.
        const unseen = [...known].find(([one]) => one !== device.user && !visible.has(one));
        if (unseen === undefined) break;
        await deleteTid(tx.sql, device.id, unseen[0]);
        known.delete(unseen[0]);
        [, tid] = unseen;
      }
      await insertTid(tx.sql, { device_id: device.id, user_id: user, owner_id: device.user, tid });
      known.set(user, tid);
    }
    return known;
  });
  device.tids = tids;
}
