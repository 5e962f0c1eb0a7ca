/** Metres east and north of the place. */
export interface Spot {
  east: number;
  north: number;
}

export interface Point {
  latitude: number;
  longitude: number;
}

const metresPerDegree = (Math.PI / 180) * 6_371_008.8;

/** Where on the globe a spot is: right to 1 % within 30 km, and over the antimeridian. */
export function toPoint(place: Point, { east, north }: Spot): Point {
  const latitude = place.latitude + north / metresPerDegree;
  const longitude = place.longitude + east / (metresPerDegree * Math.cos((latitude * Math.PI) / 180));
  return { latitude, longitude: wrapped(longitude) };
}

/** Metres between two near points of the globe. */
export function metresBetween(a: Point, b: Point): number {
  const north = (a.latitude - b.latitude) * metresPerDegree;
  const shrink = Math.cos((((a.latitude + b.latitude) / 2) * Math.PI) / 180);
  return Math.hypot(north, wrapped(a.longitude - b.longitude) * metresPerDegree * shrink);
}

function wrapped(longitude: number): number {
  if (longitude >= 180) return longitude - 360;
  return longitude < -180 ? longitude + 360 : longitude;
}

export function between(a: Spot, b: Spot, part: number): Spot {
  return { east: a.east + (b.east - a.east) * part, north: a.north + (b.north - a.north) * part };
}

export function apart(a: Spot, b: Spot): number {
  return Math.hypot(a.east - b.east, a.north - b.north);
}

export function polar(metres: number, angle: number): Spot {
  return { east: metres * Math.cos(angle), north: metres * Math.sin(angle) };
}

export function turned({ east, north }: Spot, angle: number): Spot {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { east: east * cos - north * sin, north: east * sin + north * cos };
}

export function plus(a: Spot, b: Spot): Spot {
  return { east: a.east + b.east, north: a.north + b.north };
}
