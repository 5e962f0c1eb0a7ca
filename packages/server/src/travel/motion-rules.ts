/** What of a fix tells how somebody moves. */
export interface Fixed {
  latitude: number;
  longitude: number;
  accuracy: number | null;
  speed: number | null;
  at_ms: number;
  received_ms: number;
}

/** Where somebody is and how they move: a Kalman filter over position and speed, the same for both axes. */
export interface Motion {
  latitude: number;
  longitude: number;
  /** East and north, m/s. */
  vx: number;
  vy: number;
  /** Variances of position and speed, and their covariance. */
  p00: number;
  p01: number;
  p11: number;
  /** Accuracy of the newest fix, metres. */
  accuracyM: number;
  /** What the phone said of its own speed with it. */
  saidMps: number | null;
  /** Of the newest fix that it believes, and of the newest at all. */
  atMs: number;
  seenMs: number;
  /** How many it has believed. */
  fixes: number;
  /** A fix that does not fit, until others agree with it. */
  doubt: Doubt | null;
}

interface Doubt {
  latitude: number;
  longitude: number;
  firstMs: number;
  atMs: number;
  fixes: number;
}

const metresPerDegree = 111_195;
/** Phones claim more than they hold. */
const bestAccuracyM = 14;
const worstAccuracyM = 500;
const unknownAccuracyM = 25;
/** Squared distances in standard deviations: beyond the first a fix counts less, beyond the second it is doubted. */
const oddly = 6;
const unlikely = 30;
const agreeMs = 12_000;
const agreeFixes = 5;
const fastestMps = 90;

export function speedOf({ vx, vy }: Motion): number {
  return Math.hypot(vx, vy);
}

/** What can be told of somebody's speed: a single fix tells nothing, unless the phone does. */
export function toldSpeed(motion: Motion): number | null {
  if (motion.saidMps !== null && motion.saidMps < fastestMps) return motion.saidMps;
  return motion.fixes > 1 ? speedOf(motion) : null;
}

export function accuracyOf({ accuracy }: Pick<Fixed, "accuracy">): number {
  return Math.min(worstAccuracyM, Math.max(bestAccuracyM, accuracy ?? unknownAccuracyM));
}

export function firstOf(point: Fixed): Motion {
  const sigma = accuracyOf(point);
  return {
    latitude: point.latitude,
    longitude: point.longitude,
    vx: 0,
    vy: 0,
    p00: sigma * sigma,
    p01: 0,
    p11: 9,
    accuracyM: Math.max(0, point.accuracy ?? 0),
    saidMps: point.speed,
    atMs: point.at_ms,
    seenMs: point.at_ms,
    fixes: 1,
    doubt: null,
  };
}

/** Metres east and north from one point to another near it. */
export function offset(
  from: { latitude: number; longitude: number },
  to: { latitude: number; longitude: number },
) {
  const turn = to.longitude - from.longitude;
  const degrees = turn > 180 ? turn - 360 : turn < -180 ? turn + 360 : turn;
  const x = degrees * metresPerDegree * Math.cos((from.latitude * Math.PI) / 180);
  return { x, y: (to.latitude - from.latitude) * metresPerDegree };
}

/** For short ways, where the globe is flat. */
export function flatDistanceM(
  a: { latitude: number; longitude: number },
  b: { latitude: number; longitude: number },
): number {
  const { x, y } = offset(a, b);
  return Math.hypot(x, y);
}

/** Takes in the next fix, or doubts it. */
export function fold(was: Motion, point: Fixed): Motion {
  const dt = (point.at_ms - was.atMs) / 1_000;
  if (dt <= 0) return was;
  const sigma = accuracyOf(point);
  const speed = speedOf(was);
  // How much people change their speed grows with it; over a long gap nothing is known of it any more.
  const q = Math.min(1.2, 0.03 + 0.05 * speed);
  const kept = dt > 45 ? Math.exp(-(dt - 45) / 45) : 1;
  const vx = was.vx * kept;
  const vy = was.vy * kept;
  const gapM = dt > 45 ? (speed + 2) * (dt - 45) * 0.6 : 0;
  const p00 = was.p00 + 2 * dt * was.p01 + dt * dt * was.p11 + (q * dt * dt * dt) / 3 + gapM * gapM;
  const p01 = was.p01 + dt * was.p11 + (q * dt * dt) / 2;
  const p11 = Math.min(900, was.p11 + q * dt);
  const moved = offset(was, point);
  const ix = moved.x - vx * dt;
  const iy = moved.y - vy * dt;
  let r = sigma * sigma;
  const odds = (ix * ix + iy * iy) / (p00 + r);
  if (odds > unlikely) return doubted(was, point);
  if (odds > oddly) r *= odds / oddly;
  const s = p00 + r;
  const k0 = p00 / s;
  const k1 = p01 / s;
  const x = vx * dt + k0 * ix;
  const y = vy * dt + k0 * iy;
  return {
    latitude: was.latitude + y / metresPerDegree,
    longitude: wrapped(
      was.longitude + x / (metresPerDegree * Math.max(0.01, Math.cos((was.latitude * Math.PI) / 180))),
    ),
    vx: vx + k1 * ix,
    vy: vy + k1 * iy,
    p00: (1 - k0) * p00,
    p01: (1 - k0) * p01,
    p11: p11 - k1 * p01,
    accuracyM: Math.max(0, point.accuracy ?? 0),
    saidMps: point.speed,
    atMs: point.at_ms,
    seenMs: point.at_ms,
    fixes: was.fixes + 1,
    doubt: null,
  };
}

function wrapped(longitude: number): number {
  if (longitude > 180) return longitude - 360;
  return longitude < -180 ? longitude + 360 : longitude;
}

/** A jump is believed once fixes have agreed with it for a while; until then nothing has moved. */
function doubted(was: Motion, point: Fixed): Motion {
  const { doubt } = was;
  const { latitude, longitude, at_ms: atMs } = point;
  const near = doubt !== null && flatDistanceM(doubt, point) <= plausibleM(atMs - doubt.atMs, point);
  const firstMs = near ? doubt.firstMs : atMs;
  const fixes = near ? doubt.fixes + 1 : 1;
  if (near && (atMs - firstMs >= agreeMs || fixes >= agreeFixes)) {
    const dt = Math.max(1, (atMs - doubt.atMs) / 1_000);
    const { x, y } = offset(doubt, point);
    const fits = Math.hypot(x, y) / dt < fastestMps;
    const speed = fits && dt >= 5 ? { vx: x / dt, vy: y / dt } : {};
    return { ...firstOf(point), ...speed, fixes: was.fixes + 1 };
  }
  return { ...was, seenMs: atMs, doubt: { latitude, longitude, firstMs, atMs, fixes } };
}

function plausibleM(ms: number, point: Fixed): number {
  return 3 * accuracyOf(point) + (fastestMps / 2) * (ms / 1_000);
}
