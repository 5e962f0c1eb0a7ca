import {
  type Device,
  type DeviceId,
  type DeviceLinks,
  limits,
  type MadeDevice,
  userStream,
} from "@jarvis/contract";
import { requireFresh } from "../accounts/fresh.ts";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId, sha256 } from "../lib/ids.ts";
import { qrSvg } from "../lib/qr.ts";
import { append } from "../streams/service.ts";
import { deviceLinks } from "./links-rules.ts";
import { freeTid, toDevice } from "./rules.ts";
import { countDevices, insertDevice, isAccount, listDeviceRows, updateDeviceName } from "./store.ts";
import { insertTid } from "./tid-store.ts";
import { endDevices } from "./tokens.ts";

/** Makes a device. Its token is shown once: the store has its hash alone. */
export async function createDevice(
  ctx: Context,
  viewer: Viewer,
  { name, friends = false }: { name: string; friends?: boolean | undefined },
): Promise<MadeDevice> {
  requireFresh(ctx, viewer);
  const id = ctx.random.id() as DeviceId; // ids that the server makes are branded where they are made
  const token = ctx.random.token();
  const created_ms = ctx.clock.now();
  const tid = freeTid(viewer.username, () => false) ?? "ME";
  await ctx.db.write(async (tx) => {
    // Drawing codes waits for nothing, but the request may have: the account may have been erased meanwhile.
    if (!(await isAccount(tx.sql, viewer.id))) throw new AppError("unauthenticated");
    if ((await countDevices(tx.sql, viewer.id)) >= limits.devices)
      throw new AppError("limit_exceeded", { detail: `A person has at most ${limits.devices} devices` });
    const made = { id, user_id: viewer.id, name, friends: friends ? 1 : 0, created_ms };
    await insertDevice(tx.sql, { ...made, ...unused, hash: sha256(token) });
    await insertTid(tx.sql, { device_id: id, user_id: viewer.id, owner_id: viewer.id, tid });
    await append(ctx, tx, userStream(viewer.id), "device", { id, name });
  });
  const links = deviceLinks({ publicUrl: ctx.publicUrl, token, tid, deviceName: name });
  return { id, name, friends, created_ms, token, links: await drawn(ctx, links) };
}

const unused = {
  used_ms: null,
  app: null,
  problem: null,
  problem_ms: null,
  region_event: null,
  region_hash: null,
};

/** With the codes as pictures. One takes some milliseconds, so that others have their turn between two. */
async function drawn(ctx: Context, links: DeviceLinks): Promise<DeviceLinks> {
  const draw = async (text: string): Promise<{ qr: string }> => {
    await ctx.turns.next();
    return { qr: qrSvg(text) };
  };
  const { owntracks, traccar, osmand, overland, gpslogger } = links;
  return {
    owntracks: { ...owntracks, ...(await draw(owntracks.qr)) },
    traccar: { ...traccar, ...(await draw(traccar.qr)) },
    osmand: { ...osmand, ...(await draw(osmand.qr)) },
    overland: { ...overland, ...(await draw(overland.qr)) },
    gpslogger: { ...gpslogger, ...(await draw(gpslogger.qr)) },
  };
}

export async function listDevices(ctx: Context, viewer: Viewer): Promise<Device[]> {
  return (await listDeviceRows(ctx.db.read, viewer.id)).map(toDevice);
}

export function renameDevice(ctx: Context, viewer: Viewer, id: DeviceId, name: string): Promise<Device> {
  if (!isId(id)) throw notFound();
  return ctx.db.write(async (tx) => {
    const row = await updateDeviceName(tx.sql, viewer.id, id, name);
    if (row === undefined) throw notFound();
    await append(ctx, tx, userStream(viewer.id), "device", { id, name });
    return toDevice(row);
  });
}

/** From the moment that this resolves its token is nobody's. */
export function removeDevice(ctx: Context, viewer: Viewer, id: DeviceId): Promise<void> {
  if (!isId(id)) throw notFound();
  return ctx.db.write(async (tx) => {
    if (!(await endDevices(ctx, tx, viewer.id, id))) throw notFound();
  });
}
