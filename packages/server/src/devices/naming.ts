import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { freeTid } from "./rules.ts";
import { deleteTid, insertTid, listTids } from "./tid-store.ts";
import type { KnownDevice } from "./tokens.ts";

type Tids = ReadonlyMap<UserId, string>;

/** By which two characters OwnTracks on this device knows whom. */
export async function tidsOf(ctx: Context, device: KnownDevice): Promise<Tids> {
  return (device.tids ??= toMap(await listTids(ctx.db.read, device.id)));
}

function toMap(rows: readonly { user_id: UserId; tid: string }[]): Map<UserId, string> {
  return new Map(rows.map(({ user_id, tid }) => [user_id, tid]));
}

/** Gives these people what nobody else has on this device, in one unit: two answers that come at once agree. */
export async function nameThem(
  ctx: Context,
  device: KnownDevice,
  people: readonly { readonly id: UserId; readonly username: string }[],
  visible: ReadonlySet<UserId>,
): Promise<Tids> {
  const named = await ctx.db.write(async (tx) => {
    const known = toMap(await listTids(tx.sql, device.id));
    for (const { id: user_id, username } of people) {
      if (known.has(user_id)) continue;
      const used = new Set(known.values());
      const free = freeTid(username, (one) => used.has(one));
      const unseen = free === null ? leastNeeded(known, device.user, visible) : undefined;
      const tid = free ?? unseen?.[1];
      if (tid === undefined) break;
      if (unseen !== undefined) {
        await deleteTid(tx.sql, device.id, unseen[0]);
        known.delete(unseen[0]);
      }
      await insertTid(tx.sql, { device_id: device.id, user_id, owner_id: device.user, tid });
      known.set(user_id, tid);
    }
    return known;
  });
  device.tids = named;
  return named;
}

/** All are given: somebody who is not seen now makes room. */
function leastNeeded(known: Tids, self: UserId, visible: ReadonlySet<UserId>): [UserId, string] | undefined {
  return [...known].find(([user]) => user !== self && !visible.has(user));
}
