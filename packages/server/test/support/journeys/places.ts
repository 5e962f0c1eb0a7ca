import type { Point } from "./plane.ts";

/** Venues: 60° N and more, the equator, the south, both sides of 180° and on it, and the meridian of Greenwich. */
export const places: readonly [Point, ...Point[]] = [
  { latitude: 60.1699, longitude: 24.9384 },
  { latitude: 0.0001, longitude: 32.4637 },
  { latitude: -33.8688, longitude: 151.2093 },
  { latitude: -16.8013, longitude: 179.9996 },
  { latitude: 49.2827, longitude: -123.1207 },
  { latitude: 51.4779, longitude: 0.0002 },
  { latitude: -0.1807, longitude: -78.4678 },
  { latitude: 65.0102, longitude: -179.9991 },
  { latitude: 64.1466, longitude: -21.9426 },
  { latitude: -54.8019, longitude: -68.303 },
  { latitude: 1.2903, longitude: 103.852 },
  { latitude: 40.7505, longitude: -73.9934 },
  { latitude: 0, longitude: -180 },
];
