import type { Dice } from "../simulation/dice.ts";
import { between, normal, oneOf, type Range, Wander } from "./chance.ts";
import type { Moment } from "./motion.ts";
import { apart, type Point, plus, polar, type Spot, toPoint } from "./plane.ts";

/** How well a phone knows where it is: a drift that lasts, noise on top, echoes between towers. Metres and seconds. */
interface Sky {
  drift: number;
  driftS: number;
  noise: number;
  accuracy: Range;
  /** Chance a second that the echo of a façade begins to win. */
  echo: number;
}

const skies = {
  open: { drift: 3, driftS: 150, noise: 1.2, accuracy: [3, 8], echo: 0 },
  suburb: { drift: 5, driftS: 90, noise: 2, accuracy: [4, 14], echo: 1 / 900 },
  towers: { drift: 11, driftS: 45, noise: 3.5, accuracy: [8, 30], echo: 1 / 200 },
  indoors: { drift: 14, driftS: 120, noise: 3, accuracy: [12, 45], echo: 1 / 700 },
} as const satisfies Record<string, Sky>;

export interface Phone {
  sky: keyof typeof skies;
  /** What it says of its accuracy: the truth, too good a number, always the same one, or nothing. */
  accuracy: "honest" | "vain" | "fixed" | "silent";
  saysSpeed: boolean;
}

export function phoneOf(dice: Dice): Phone {
  return {
    sky: oneOf(dice, ["open", "suburb", "suburb", "towers", "towers"]),
    accuracy: oneOf(dice, ["honest", "honest", "honest", "honest", "honest", "vain", "fixed", "silent"]),
    saysSpeed: dice.chance(0.65),
  };
}

/** What the receiver would say in one second, null in a tunnel. */
export interface Reading extends Point {
  accuracy: number | null;
  speed: number | null;
  heading: number | null;
}

/** What the phone believes, second by second. */
export function readingsOf(
  dice: Dice,
  phone: Phone,
  trace: readonly Moment[],
  place: Point,
): (Reading | null)[] {
  const start: Sky = skies[phone.sky];
  const [east, north] = [new Wander(dice, start.drift), new Wander(dice, start.drift)];
  const echo = { leftS: 0, off: { east: 0, north: 0 } };
  let blindS = 0;
  return trace.map((moment, second) => {
    const sky: Sky = skies[moment.indoors ? "indoors" : phone.sky];
    const drift = {
      east: east.step(dice, sky.drift, sky.driftS),
      north: north.step(dice, sky.drift, sky.driftS),
    };
    listen(dice, echo, sky);
    if (moment.tunnel) {
      blindS = 8; // the first fixes out of a tunnel are made of cells and guesses
      return null;
    }
    blindS -= 1;
    const error = errorOf(dice, { drift, echo, sky, blind: blindS > 0 });
    const seen = plus(moment.spot, error.off);
    const previous = trace[second - 1]?.spot ?? moment.spot;
    return {
      ...toPoint(place, seen),
      accuracy: told(dice, phone, error.accuracy),
      ...motionOf(dice, phone, moment, previous, error.network),
    };
  });
}

function listen(dice: Dice, echo: { leftS: number; off: Spot }, sky: Sky): void {
  echo.leftS -= 1;
  if (echo.leftS > 0 || !dice.chance(sky.echo)) return;
  echo.leftS = Math.round(between(dice, [8, 50]));
  echo.off = polar(between(dice, [25, 110]), between(dice, [0, 2 * Math.PI]));
}

interface Hearing {
  drift: Spot;
  echo: { leftS: number; off: Spot };
  sky: Sky;
  blind: boolean;
}

function errorOf(dice: Dice, { drift, echo, sky, blind }: Hearing) {
  const noise = { east: normal(dice, sky.noise), north: normal(dice, sky.noise) };
  const base = plus(drift, noise);
  if (blind || dice.chance(0.004)) {
    // from a cell tower or somebody's router: far off, and mostly said so
    const off = polar(between(dice, blind ? [20, 150] : [120, 700]), between(dice, [0, 2 * Math.PI]));
    const accuracy = dice.chance(0.8) ? Math.hypot(off.east, off.north) * between(dice, [1, 2]) : 30;
    return { off: plus(base, off), accuracy, network: true };
  }
  const accuracy = between(dice, sky.accuracy);
  if (echo.leftS <= 0) return { off: base, accuracy, network: false };
  return { off: plus(base, echo.off), accuracy: accuracy * between(dice, [1, 2.5]), network: false };
}

function told(dice: Dice, { accuracy }: Phone, metres: number): number | null {
  if (accuracy === "silent") return null;
  if (accuracy === "fixed") return 10;
  const said = accuracy === "vain" ? metres * between(dice, [0.25, 0.5]) : metres;
  return Math.max(1, Math.round(said * 10) / 10);
}

function motionOf(dice: Dice, phone: Phone, moment: Moment, previous: Spot, network: boolean) {
  if (!phone.saysSpeed || network) return { speed: null, heading: null };
  const speed = Math.max(0, moment.speed + normal(dice, 0.3));
  if (speed < 0.7 || apart(previous, moment.spot) === 0) return { speed, heading: null };
  const turn = Math.atan2(moment.spot.east - previous.east, moment.spot.north - previous.north);
  return { speed, heading: ((((turn * 180) / Math.PI + normal(dice, 6)) % 360) + 360) % 360 };
}
