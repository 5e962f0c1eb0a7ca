/** A point of the globe as a unit vector: poles and the antimeridian are like everywhere else. */
export interface Vector {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export interface Point {
  latitude: number;
  longitude: number;
}

const radiusM = 6_371_008.8;
export const halfTurnM = Math.PI * radiusM;
const degree = Math.PI / 180;

export function toVector({ latitude, longitude }: Point): Vector {
  const ring = Math.cos(latitude * degree);
  return {
    x: ring * Math.cos(longitude * degree),
    y: ring * Math.sin(longitude * degree),
    z: Math.sin(latitude * degree),
  };
}

export function toPoint({ x, y, z }: Vector): Point {
  return { latitude: Math.atan2(z, Math.hypot(x, y)) / degree, longitude: Math.atan2(y, x) / degree };
}

/** Great-circle metres, by the chord: exact for near and for antipodal points. */
export function metresApart(a: Vector, b: Vector): number {
  const chord = Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
  return 2 * radiusM * Math.asin(Math.min(1, chord / 2));
}

/** In the middle of these; of points that cancel each other out, the first. */
export function middleOf(points: readonly Vector[]): Vector {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y, z: a.z + b.z }), { x: 0, y: 0, z: 0 });
  const length = Math.hypot(sum.x, sum.y, sum.z);
  if (length < 1e-6 * points.length) return points[0] ?? { x: 1, y: 0, z: 0 };
  return { x: sum.x / length, y: sum.y / length, z: sum.z / length };
}

/** The point so many metres from another in the direction of the angle (from east, against the clock). */
export function offset(from: Vector, metres: number, angle: number): Vector {
  const { east, north } = frameAt(from);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [keep, go] = [Math.cos(metres / radiusM), Math.sin(metres / radiusM)];
  return {
    x: from.x * keep + (east.x * cos + north.x * sin) * go,
    y: from.y * keep + (east.y * cos + north.y * sin) * go,
    z: from.z * keep + (east.z * cos + north.z * sin) * go,
  };
}

/** Two directions at right angles; at a pole, where nothing is east, any two do. */
function frameAt({ x, y, z }: Vector): { east: Vector; north: Vector } {
  const ring = Math.hypot(x, y);
  const east = ring < 1e-12 ? { x: 1, y: 0, z: 0 } : { x: -y / ring, y: x / ring, z: 0 };
  return { east, north: { x: -z * east.y, y: z * east.x, z: x * east.y - y * east.x } };
}

/** The nearest point of a grid of about 100 m, as it is written: three digits of latitude, and as far of longitude. */
export function snap(point: Point): Point {
  const latitude = Number(point.latitude.toFixed(3)) + 0; // never -0
  const columns = Math.max(1, Math.round(360_000 * Math.cos(latitude * degree)));
  const turn = (Math.round(((point.longitude + 180) / 360) * columns) % columns) / columns;
  return { latitude, longitude: Number((turn * 360 - 180).toFixed(5)) + 0 };
}
