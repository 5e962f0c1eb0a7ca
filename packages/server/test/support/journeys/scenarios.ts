import type { Dice } from "../simulation/dice.ts";
import { between, oneOf } from "./chance.ts";
import { angle, away, door, type Going, passBy, stay, type Step, towards, way } from "./plans.ts";
import { plus, polar } from "./plane.ts";

type Scenario = (dice: Dice) => Step[];

/** From home to the place, and stays. One in twelve tracks ends soon after: the phone is put away. */
function arrive(by: Going): Scenario {
  return (dice) => [
    stay(dice, [20, 300]),
    ...way(dice, by, away(dice, by), door(dice)),
    stay(dice, dice.chance(0.08) ? [30, 100] : [240, 900]),
  ];
}

function arriveAndLeave(by: Going): Scenario {
  return (dice) => {
    const inside = door(dice);
    return [
      stay(dice, [20, 200]),
      ...way(dice, by, away(dice, by), inside),
      stay(dice, [180, 700]),
      ...way(dice, by, inside, polar(between(dice, [600, 1_500]), angle(dice))),
      stay(dice, [120, 400]),
    ];
  };
}

/** By car, with the search for a place to park: round the block, past the venue, then on foot. */
function parks(dice: Dice): Step[] {
  const parked = polar(between(dice, [110, 380]), angle(dice));
  const past = polar(between(dice, [10, 60]), angle(dice));
  const beyond = plus(past, polar(between(dice, [150, 350]), angle(dice)));
  const circles: Step[] = dice.chance(0.5)
    ? [...way(dice, "car", away(dice, "car"), past), ...way(dice, "car", past, beyond)]
    : way(dice, "car", away(dice, "car"), beyond);
  return [
    stay(dice, [20, 200]),
    ...circles,
    ...way(dice, "car", beyond, parked),
    stay(dice, [15, 70], false),
    ...way(dice, "walk", parked, door(dice)),
    stay(dice, [240, 800]),
  ];
}

/** Is early, and sits in a café round the corner first. */
function waitsNearby(by: Going): Scenario {
  return (dice) => {
    const home = away(dice, by);
    const cafe = towards({ east: 0, north: 0 }, home, between(dice, [190, 330]));
    return [
      stay(dice, [20, 200]),
      ...way(dice, by, home, cafe),
      stay(dice, [240, 900], true),
      ...way(dice, "walk", cafe, door(dice)),
      stay(dice, [240, 700]),
    ];
  };
}

/** Forgot something, or was called back: from 300 m to half of the way before the place. */
function turnsBack(by: Going): Scenario {
  return (dice) => {
    const home = away(dice, by);
    const reached = Math.max(300, Math.hypot(home.east, home.north) * between(dice, [0.1, 0.5]));
    const turning = towards({ east: 0, north: 0 }, home, reached);
    const steps = by === "bus" || by === "train" ? "walk" : by;
    return [
      stay(dice, [20, 200]),
      ...way(dice, steps, home, turning),
      ...way(dice, steps, turning, home),
      stay(dice, [200, 600]),
    ];
  };
}

/** Goes somewhere else, which may be round two corners. */
function never(by: Going): Scenario {
  return (dice) => [
    stay(dice, [20, 200]),
    ...way(dice, by, away(dice, by), polar(between(dice, [400, 3_000]), angle(dice))),
    stay(dice, [300, 900]),
  ];
}

/** Stays where they are, from next door but one to across the town. */
function stays(dice: Dice): Step[] {
  const spot = polar(
    between(
      dice,
      oneOf(dice, [
        [260, 600],
        [600, 4_000],
      ]),
    ),
    angle(dice),
  );
  return [{ by: "walk", path: [spot, plus(spot, polar(12, angle(dice)))] }, stay(dice, [1_500, 2_700], true)];
}

/** Every kind of journey and how somebody travels in it; `ride` is whatever has an engine. */
export const scenarios: readonly { kind: string; plan: Scenario }[] = [
  ...(["walk", "walk", "walk", "cycle", "cycle", "car", "car", "bus", "bus", "train", "train"] as const).map(
    (by) => ({ kind: `arrive ${by}`, plan: arrive(by) }),
  ),
  { kind: "park and walk", plan: parks },
  { kind: "wait nearby walk", plan: waitsNearby("walk") },
  { kind: "wait nearby car", plan: waitsNearby("car") },
  ...(["walk", "cycle", "car"] as const).map((by) => ({
    kind: `leave again ${by}`,
    plan: arriveAndLeave(by),
  })),
  { kind: "pass walk", plan: (dice) => passBy(dice, { by: "walk", offM: [85, 140] }) },
  { kind: "pass cycle", plan: (dice) => passBy(dice, { by: "cycle", offM: [60, 140] }) },
  { kind: "pass car", plan: (dice) => passBy(dice, { by: "car", offM: [60, 140] }) },
  { kind: "pass bus", plan: (dice) => passBy(dice, { by: "bus", offM: [60, 140] }) },
  { kind: "bridge car", plan: (dice) => passBy(dice, { by: "highway", offM: [0, 60] }) },
  { kind: "bridge train", plan: (dice) => passBy(dice, { by: "train", offM: [0, 60] }) },
  ...(["cycle", "car", "bus"] as const).map((by) => ({
    kind: `red light ${by}`,
    plan: (dice: Dice) =>
      passBy(dice, { by, offM: [10, 60], redLight: { seconds: [15, 70], awayM: [10, 75] } }),
  })),
  ...(["walk", "cycle", "car"] as const).map((by) => ({ kind: `turn back ${by}`, plan: turnsBack(by) })),
  { kind: "never walk", plan: never("walk") },
  { kind: "never car", plan: never("car") },
  { kind: "stay away", plan: stays },
];
