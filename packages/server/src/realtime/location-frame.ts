import type { ClientFrame, EventId } from "@jarvis/contract";

export type LocationFrame = Extract<ClientFrame, { type: "location" }>;

/** As the contract has them; a test compares the two. */
const optional = [
  ["accuracy", 0, 10_000_000],
  ["altitude", -20_000, 1_000_000],
  ["speed", 0, 100_000],
  ["heading", 0, 360],
  ["battery", 0, 100],
  ["at", 0, 253_402_300_799],
] as const;

/**
 * The frame that phones send every second, where all of it is plain numbers: exactly what the contract's schema makes of
 * it, for a fraction of the work. Null for whatever else, which the schema then decides.
 */
export function plainLocation(value: Readonly<Record<string, unknown>>): LocationFrame | null {
  const { latitude, longitude, event } = value;
  if (value["type"] !== "location" || value["ref"] !== undefined) return null;
  if (!isWithin(latitude, -90, 90) || !isWithin(longitude, -180, 180)) return null;
  if (event !== undefined && (typeof event !== "string" || event.length > 200)) return null;
  const frame: LocationFrame = { type: "location", latitude: latitude + 0, longitude: longitude + 0 };
  if (event !== undefined) frame.event = event as EventId; // what the schema's brand asks of it has just been looked at
  for (const [name, min, max] of optional) {
    const given = value[name];
    if (given === undefined) continue;
    if (!isWithin(given, min, max)) return null;
    frame[name] = given + 0; // −0 becomes 0
  }
  return frame;
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && value >= min && value <= max;
}
