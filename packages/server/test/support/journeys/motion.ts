import type { Dice } from "../simulation/dice.ts";
import { between, Wander } from "./chance.ts";
import { cornersOf, lengthOf, walker } from "./paths.ts";
import type { Spot } from "./plane.ts";
import { type Vehicle, vehicles, type VehicleName } from "./vehicles.ts";

export interface Halt {
  atM: number;
  seconds: number;
}

/** A part of a journey with one vehicle. */
export interface Leg {
  by: VehicleName;
  path: Spot[];
  /** Stops besides those that the vehicle has anyway. */
  halts?: Halt[];
  /** Whether the vehicle stops at lights and stations as usual (default), or has its way free. */
  stops?: boolean;
  /** Where the sky cannot be seen, and no network is. */
  tunnels?: { fromM: number; toM: number }[];
}

/** One second of a person's real way. */
export interface Moment {
  spot: Spot;
  speed: number;
  /** Metres along the whole way so far. */
  alongM: number;
  tunnel: boolean;
  indoors: boolean;
  /** Stays of their own will: at home, in a café, at a stop; not at a light. */
  waits: boolean;
}

interface Limit extends Halt {
  speed: number;
}

/** A leg, second by second: speeds up, slows for corners and stops, waits. */
export function* ride(dice: Dice, leg: Leg): Generator<Moment> {
  const vehicle: Vehicle = vehicles[leg.by];
  const lengthM = lengthOf(leg.path);
  const limits = limitsOf(dice, leg, vehicle, lengthM);
  const where = walker(leg.path);
  const cruise = between(dice, vehicle.cruise);
  const mood = new Wander(dice, vehicle.unsteady);
  const moment = (atM: number, speed: number): Moment => ({
    spot: where(atM),
    speed,
    alongM: atM,
    tunnel: leg.tunnels?.some(({ fromM, toM }) => atM >= fromM && atM <= toM) ?? false,
    indoors: false,
    waits: false,
  });
  let [atM, speed] = [0, 0];
  while (atM < lengthM) {
    const pace = 1 + mood.step(dice, vehicle.unsteady, vehicle.unsteadyS);
    const wish = cruise * Math.min(1.25, Math.max(0.5, pace));
    const allowed = Math.min(wish, ...limits.slice(0, 12).map((limit) => allowedBy(limit, atM, vehicle)));
    speed = Math.max(0.4, Math.min(allowed, speed + vehicle.speedUp), speed - vehicle.brake);
    atM = Math.min(lengthM, atM + speed);
    while (limits[0] !== undefined && limits[0].speed > 0 && limits[0].atM <= atM) limits.shift();
    const next = limits[0];
    if (next !== undefined && next.speed === 0 && next.atM <= atM + 0.5) {
      limits.shift();
      for (let waited = 0; waited < next.seconds; waited += 1) yield moment(atM, 0);
      speed = 0;
    } else yield moment(atM, speed);
  }
}

/** The speed at which braking still does, half a second to react. */
function allowedBy(limit: Limit, atM: number, vehicle: Vehicle): number {
  const roomM = Math.max(0, limit.atM - atM - 0.5);
  return Math.sqrt(limit.speed ** 2 + vehicle.brake * roomM);
}

function limitsOf(dice: Dice, leg: Leg, vehicle: Vehicle, lengthM: number): Limit[] {
  const corners = cornersOf(leg.path)
    .filter(({ turn }) => turn > 0.3)
    .map(({ atM }) => ({ atM, speed: vehicle.corner, seconds: 0 }));
  const halts = [...(leg.halts ?? []), ...(leg.stops === false ? [] : usualStops(dice, vehicle, lengthM))];
  return [
    ...corners,
    ...halts.map(({ atM, seconds }) => ({ atM, seconds, speed: 0 })),
    { atM: lengthM, speed: 0, seconds: 1 },
  ]
    .filter(({ atM }) => atM <= lengthM)
    .toSorted((a, b) => a.atM - b.atM);
}

function usualStops(dice: Dice, { stops }: Vehicle, lengthM: number): Halt[] {
  const halts: Halt[] = [];
  for (let atM = between(dice, stops.everyM); atM < lengthM - 30; atM += between(dice, stops.everyM))
    if (dice.chance(stops.chance)) halts.push({ atM, seconds: Math.round(between(dice, stops.seconds)) });
  return halts;
}
