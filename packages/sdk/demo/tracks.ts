/** A way through a grid of streets to a place. */
export interface Itinerary {
  lengthM: number;
  speedMps: number;
  /** Where it comes from, as seen from the place: +1 or −1 along each of the two directions of the grid. */
  from: { along: 1 | -1; across: 1 | -1 };
  /** Direction of the grid's long streets, degrees clockwise from north. */
  gridBearing: number;
}

export interface Position {
  latitude: number;
  longitude: number;
}

export interface Fix extends Position {
  accuracy: number;
  speed: number;
  heading: number;
}

export interface Track {
  readonly seconds: number;
  /** Where one is, so many seconds after setting out. */
  at(seconds: number): Fix;
}

/** Metres east and north of the place. */
interface Point {
  x: number;
  y: number;
}

interface Leg {
  from: Point;
  to: Point;
  start: number;
  end: number;
}

const blockM = { along: 170, across: 95 };
const metresPerDegree = 111_195;
const noiseM = 4;

/** A track along streets, with corners, and red lights at some of them, that ends at the place. */
export function trackTo(place: Position, itinerary: Itinerary, random: () => number): Track {
  const legs = timed(cornersOf(itinerary, random), itinerary.speedMps, random);
  const seconds = legs.at(-1)?.end ?? 0;
  return {
    seconds,
    at(elapsed) {
      const second = Math.max(0, Math.min(elapsed, seconds));
      const leg = legs.find(({ end }) => second <= end) ?? legs[legs.length - 1];
      if (!leg) throw new Error("a track has at least one leg");
      return fixOn(place, leg, second, elapsed >= seconds, random);
    },
  };
}

/** Corners from the start to the place: walked backwards from there, block by block. */
function cornersOf({ lengthM, from, gridBearing }: Itinerary, random: () => number): Point[] {
  const corners: Point[] = [{ x: 0, y: 0 }];
  let [along, across] = [0, 0];
  for (let walked = 0; walked < lengthM; ) {
    const straight = random() < 0.5;
    const step = Math.min(straight ? blockM.along : blockM.across, lengthM - walked);
    if (straight) along += from.along * step;
    else across += from.across * step;
    walked += step;
    corners.push(rotated(along, across, gridBearing));
  }
  return corners.toReversed();
}

function rotated(along: number, across: number, bearing: number): Point {
  const angle = (bearing * Math.PI) / 180;
  return {
    x: along * Math.sin(angle) + across * Math.cos(angle),
    y: along * Math.cos(angle) - across * Math.sin(angle),
  };
}

/** Moves at an even speed and waits at one corner in five for 2 to 4 s. */
function timed(corners: Point[], speedMps: number, random: () => number): Leg[] {
  const legs: Leg[] = [];
  let clock = 0;
  for (const [index, to] of corners.slice(1).entries()) {
    const from = corners[index] ?? to;
    const end = clock + Math.hypot(to.x - from.x, to.y - from.y) / speedMps;
    legs.push({ from, to, start: clock, end });
    clock = end;
    const isLast = index === corners.length - 2;
    if (!isLast && random() < 0.2)
      legs.push({ from: to, to, start: clock, end: (clock += 2 + 2 * random()) });
  }
  return legs;
}

function fixOn(place: Position, leg: Leg, second: number, isThere: boolean, random: () => number): Fix {
  const { from, to, start, end } = leg;
  const share = end > start ? (second - start) / (end - start) : 1;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const x = from.x + dx * share + noiseM * (random() - 0.5);
  const y = from.y + dy * share + noiseM * (random() - 0.5);
  const heading = (Math.atan2(dx, dy) * 180) / Math.PI;
  return {
    ...offset(place, x, y),
    accuracy: 5 + Math.round(random() * 5),
    speed: isThere || end === start ? 0 : Math.hypot(dx, dy) / (end - start),
    heading: (heading + 360) % 360,
  };
}

/** Good for a few kilometres: the earth is flat enough there. */
function offset(place: Position, x: number, y: number): Position {
  const cosine = Math.cos((place.latitude * Math.PI) / 180);
  return {
    latitude: place.latitude + y / metresPerDegree,
    longitude: place.longitude + x / (metresPerDegree * cosine),
  };
}
