import type { EventId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { sha256 } from "../lib/ids.ts";
import type { Arrival } from "../lib/trackers/types.ts";
import { markArrived } from "../travel/service.ts";
import { type Region, regionAheadMs, regionOf, regionRadiusM } from "./rules.ts";
import { updateDeviceRegion } from "./store.ts";
import type { KnownDevice } from "./tokens.ts";
import { findEventName, findNextVenue, type VenueRow } from "./venue-store.ts";

/** A circle that the phone itself watches. */
export interface Watched extends Region {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusM: number;
}

/** How often it is looked up what comes next: a phone that reports each second asks much more often. */
const everyMs = 60_000;

/** The venue of the next event, once for each change of it; null where the phone knows it, or there is none. */
export async function newRegion(ctx: Context, device: KnownDevice): Promise<Watched | null> {
  const now = ctx.clock.now();
  if (now - device.regionAskedMs < everyMs) return null;
  device.regionAskedMs = now;
  const venue = await findNextVenue(ctx.db.read, device.user, now, now + regionAheadMs);
  if (venue === undefined) return null;
  const region = { region_event: venue.id, region_hash: hashOf(venue) };
  const before = device.region;
  if (region.region_hash === before.region_hash) return null;
  device.region = region; // at once: another answer of this moment does not repeat it
  try {
    await ctx.db.write((tx) => updateDeviceRegion(tx.sql, { hash: device.hash, ...region }));
  } catch (error) {
    device.region = before;
    device.regionAskedMs = Number.NEGATIVE_INFINITY;
    throw error;
  }
  const { latitude, longitude } = venue;
  return { ...regionOfEvent(venue.id, venue.name), latitude, longitude, radiusM: regionRadiusM };
}

/** The phone says that it came into a region: where that is the one that it was given, its person has arrived. */
export async function noteArrival(ctx: Context, device: KnownDevice, arrival: Arrival): Promise<void> {
  const event = device.region.region_event;
  if (event === null || !(await isOf(ctx, event, arrival))) return;
  await markArrived(ctx, device.user, event, Math.round(arrival.at * 1_000));
}

/** Android says when the region was made, which is its key; an app that says something else says how it is called. */
async function isOf(ctx: Context, event: EventId, { regionMadeAt, region }: Arrival): Promise<boolean> {
  if (regionMadeAt === regionOfEvent(event, "").tst) return true;
  if (region === null) return false;
  const name = await findEventName(ctx.db.read, event);
  return name !== undefined && region === regionOfEvent(event, name).desc;
}

function regionOfEvent(id: EventId, name: string): Region {
  return regionOf(name, sha256(id));
}

/** Of all that the phone is told. The store needs to know that it has changed, and not what it is. */
function hashOf({ id, name, latitude, longitude }: VenueRow): string {
  return sha256(JSON.stringify([id, name, latitude, longitude])).toHex();
}
