import { type Plan, type StepKind } from "./steps.ts";

/** A history that went wrong once, with the steps that it took. */
interface Kept {
  readonly why: string;
  readonly plan: Plan;
}

type Drawn = readonly [kind: StepKind, a: number, b: number, c: number];

function kept(why: string, setting: Omit<Plan, "steps" | "queueLimit" | "weight" | "isFaulty">, ...drawn: Drawn[]): Kept {
  const steps = drawn.map(([kind, a, b, c]) => ({ kind, a, b, c }));
  return { why, plan: { ...setting, queueLimit: 10_000, weight: 0, isFaulty: false, steps } };
}

const quiet = { lost: 0, repeated: 0 };
const lossy = { lost: 0.3, repeated: 0.2 };

/** Played in every run. New ones are added, and none is taken away. */
export const keptHistories: readonly Kept[] = [
  kept(
    "declines and accepts twice in one commit: the stream goes on where it stopped",
    { seed: 1110, people: 4, ...quiet },
    ["answer", 56_069, 9_741, 2_654],
    ["answer", 46_053, 56_020, 36_582],
    ["answer", 36_889, 18_862, 37_736],
    ["turn", 3_198, 12_336, 2_331],
    ["answer", 7_373, 17_481, 556],
  ),
  kept(
    "is removed and invited again, and the bus loses both: what came between stays closed",
    { seed: 2208, people: 4, ...lossy },
    ["remove", 49_976, 32_261, 31_359],
    ["invite", 60_428, 40_149, 56_843],
    ["turn", 62_023, 14_336, 1_612],
  ),
  kept(
    "the same with two people and a repeated announcement",
    { seed: 4784, people: 2, ...lossy },
    ["remove", 56_932, 36_191, 4_935],
    ["invite", 51_708, 63_184, 62_321],
    ["turn", 64_868, 57_959, 22_421],
  ),
  kept(
    "an event is renamed and deleted with its last person in one commit",
    { seed: 354, people: 2, ...quiet },
    ["erase", 60_051, 63_794, 47_199],
    ["restartDevice", 27_214, 16_752, 21_046],
    ["turn", 26_621, 48_724, 5_254],
    ["cut", 45_964, 3_922, 24_670],
    ["rename", 1_963, 1_227, 63_591],
    ["erase", 12_665, 25_520, 44_880],
  ),
  kept(
    "an entry is pruned that the bus had not told of",
    { seed: 586, people: 4, ...lossy },
    ["create", 47_297, 40_849, 42_979],
    ["say", 42_035, 47_556, 9_979],
    ["up", 33_843, 13_769, 43_010],
    ["turn", 38_178, 55_986, 26_739],
    ["prune", 612, 14_880, 58_324],
  ),
];
