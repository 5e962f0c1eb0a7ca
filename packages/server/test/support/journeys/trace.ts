import type { Dice } from "../simulation/dice.ts";
import { Wander } from "./chance.ts";
import { type Leg, type Moment, ride } from "./motion.ts";
import { plus, type Spot } from "./plane.ts";
import type { Step } from "./plans.ts";

/** The real way of a person, one moment a second. */
export function traceOf(dice: Dice, steps: readonly Step[]): Moment[] {
  const trace: Moment[] = [];
  for (const [index, step] of steps.entries()) {
    const alongM = trace.at(-1)?.alongM ?? 0;
    if ("stayS" in step) trace.push(...stayed(dice, step, spotBetween(steps, index), alongM));
    else for (const moment of ride(dice, step)) trace.push({ ...moment, alongM: alongM + moment.alongM });
  }
  return trace;
}

/** Somebody who stays moves a little: to the bar, from one foot to the other. */
function stayed(dice: Dice, step: { stayS: number; indoors: boolean }, at: Spot, alongM: number): Moment[] {
  const [east, north] = [new Wander(dice, 3), new Wander(dice, 3)];
  return Array.from({ length: step.stayS }, (_, second) => {
    const part = Math.min(1, second / 30, (step.stayS - 1 - second) / 30); // from the door, and back to it
    const off = { east: part * east.step(dice, 3, 240), north: part * north.step(dice, 3, 240) };
    return { spot: plus(at, off), speed: 0, alongM, tunnel: false, indoors: step.indoors, waits: true };
  });
}

function spotBetween(steps: readonly Step[], index: number): Spot {
  const isLeg = (step: Step): step is Leg => "path" in step;
  const before = steps.slice(0, index).findLast(isLeg)?.path.at(-1);
  const spot = before ?? steps.slice(index).find(isLeg)?.path[0];
  if (spot === undefined) throw new Error("a journey has a leg");
  return spot;
}
