import type { DeviceAccess, DeviceId, EventId, UserId } from "@jarvis/contract";
import { userStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import { sha256 } from "../lib/ids.ts";
import { append } from "../streams/service.ts";
import type { Burst } from "./rules.ts";
import { limits } from "@jarvis/contract";
import { deleteDevices, type DeviceRow, findDeviceByHash, listDeviceRows } from "./store.ts";

const cachedAtMost = 20_000;
/** A device that was ended is in the store no more: this has to outlast reads that began before. */
const endedAtMost = 20_000;

/** Where there may be anybody to see, as of which number of `rightsSeen` and which monotonic instant. */
export interface Circle {
  readonly events: readonly EventId[];
  readonly isShownFriends: boolean;
  readonly asOf: number;
  readonly atMs: number;
}

/** A device as it was last read, and what is kept of it while it reports. */
export interface KnownDevice {
  readonly id: DeviceId;
  readonly hash: Uint8Array;
  readonly user: UserId;
  readonly friends: boolean;
  readonly burst: Burst;
  /** As in the store, or on the way there. */
  use: Pick<DeviceRow, "used_ms" | "app" | "problem" | "problem_ms">;
  region: Pick<DeviceRow, "region_event" | "region_hash">;
  /** When the next venue was last looked up. */
  regionAskedMs: number;
  /** How it calls whom it was shown; null until something asks. */
  tids: ReadonlyMap<UserId, string> | null;
  circle: Circle | null;
}

class DeviceCache {
  readonly byToken = new BoundedMap<string, KnownDevice>(cachedAtMost);
  profileChanges = 0;
  readonly #ended = new BoundedMap<DeviceId, true>(endedAtMost);

  end(ids: readonly DeviceId[]): void {
    for (const id of ids) this.#ended.set(id, true);
    this.byToken.deleteWhere(({ id }) => this.hasEnded(id));
  }

  /** Anything may have ended, or been renamed, without a word. */
  doubt(): void {
    this.byToken.deleteWhere(() => true);
    this.profileChanges++;
  }

  hasEnded(id: DeviceId): boolean {
    return this.#ended.get(id) === true;
  }
}

const caches = new WeakMap<Context, DeviceCache>();

function cacheOf(ctx: Context): DeviceCache {
  return caches.get(ctx) ?? createCache(ctx);
}

function createCache(ctx: Context): DeviceCache {
  const cache = new DeviceCache();
  caches.set(ctx, cache);
  // On other nodes; here it has been dropped by then.
  ctx.bus.subscribe((message) => {
    if (message.type === "bus_gap" && message.channels === null) cache.doubt();
    if (message.type !== "entry") return;
    if (message.kind === "profile") cache.profileChanges++;
    if (message.kind !== "device") return;
    const { id, removed } = message.data;
    if (removed === true && typeof id === "string") cache.end([id as DeviceId]); // written by `endDevices`
  });
  return cache;
}

const tokenForm = /^[A-Za-z0-9_-]{43}$/;

/** The device whose token this is, null where it is nobody's. It is looked up by its hash, which takes as long for any. */
export async function findDevice(ctx: Context, token: string): Promise<KnownDevice | null> {
  if (!tokenForm.test(token)) return null;
  const cache = cacheOf(ctx);
  const key = Bun.SHA256.hash(token, "hex");
  const known = cache.byToken.get(key);
  if (known !== undefined) return known;
  const row = await findDeviceByHash(ctx.db.read, sha256(token));
  // One that ended between the read and this moment would otherwise come to life again here.
  if (row === undefined || cache.hasEnded(row.id)) return null;
  const device = cache.byToken.get(key) ?? toKnown(row, ctx.clock.now());
  cache.byToken.set(key, device);
  return device;
}

/** Throws where it has been removed meanwhile. It is asked again after everything that was waited for. */
export function requireLive(ctx: Context, { id }: Pick<KnownDevice, "id">): void {
  if (cacheOf(ctx).hasEnded(id)) throw new AppError("unauthenticated");
}

/** Changes whenever anybody's name may have. */
export function profileChangesSeen(ctx: Context): number {
  return cacheOf(ctx).profileChanges;
}

function toKnown(row: DeviceRow, now: number): KnownDevice {
  const { id, hash, user_id: user, used_ms, app, problem, problem_ms, region_event, region_hash } = row;
  return {
    id,
    hash,
    user,
    friends: row.friends === 1,
    burst: { left: limits.ingestBurst, atMs: now },
    use: { used_ms, app, problem, problem_ms },
    region: { region_event, region_hash },
    regionAskedMs: Number.NEGATIVE_INFINITY,
    tids: null,
    circle: null,
  };
}

/** Ends this person's devices, or one of them, in the unit that decides it; whether there was any. */
export async function endDevices(ctx: Context, tx: Tx, user: UserId, id?: string): Promise<boolean> {
  const ids = await eraseDevices(ctx, tx, user, id);
  for (const device of ids) await append(ctx, tx, userStream(user), "device", { id: device, removed: true });
  return ids.length > 0;
}

/** The same with nobody left who could be told. */
export async function eraseDevices(ctx: Context, tx: Tx, user: UserId, id?: string): Promise<DeviceId[]> {
  const cache = cacheOf(ctx);
  const ids = await deleteDevices(tx.sql, user, id);
  tx.onCommit(() => cache.end(ids));
  return ids;
}

/** As `access` lists them. */
export async function listDeviceAccess(sql: Sql, user: UserId): Promise<DeviceAccess[]> {
  const rows = await listDeviceRows(sql, user);
  return rows.map(({ id, name, created_ms, used_ms }) => ({ id, kind: "device", name, created_ms, used_ms }));
}
