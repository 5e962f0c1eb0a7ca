import { type Plan, type StepKind } from "./steps.ts";

/** A history that went wrong once, with the steps that it took. */
interface Kept {
  readonly why: string;
  readonly plan: Plan;
}

type Drawn = readonly [kind: StepKind, a: number, b: number, c: number];

function kept(
  why: string,
  setting: Omit<Plan, "steps" | "queueLimit" | "weight" | "isFaulty">,
  ...drawn: Drawn[]
): Kept {
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
    ["answer", 56_069, 9_741, 2_069],
    ["answer", 46_053, 56_020, 2_316],
    ["answer", 36_889, 18_862, 659],
    ["turn", 3_198, 12_336, 2_331],
    ["answer", 7_373, 17_481, 1_870],
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
  kept(
    "a channel is given up while it still has entries to deliver, and made anew",
    { seed: 1318, people: 3, ...lossy },
    ["cut", 56_002, 37_987, 47_351],
    ["say", 6_449, 36_447, 3_930],
    ["up", 3_593, 64_034, 51_183],
    ["say", 35_664, 40_557, 10_407],
    ["answer", 34_666, 6_312, 3_898],
    ["clientNotices", 50_542, 15_049, 38_790],
    ["serverNotices", 27_622, 3_675, 14_347],
    ["sayOverHttp", 36_844, 3_742, 22_524],
    ["rename", 12_423, 9_639, 4_144],
    ["waitFor", 27_709, 37_677, 64_186],
    ["signIn", 20_930, 25_908, 19_679],
    ["turn", 28_195, 36_573, 6_177],
    ["leave", 61_065, 50_890, 9_618],
    ["share", 15_936, 4_442, 6_561],
    ["turn", 53_843, 54_274, 54_037],
    ["answer", 29_033, 52_837, 40_147],
    ["up", 47_692, 32_134, 14_747],
    ["say", 7_824, 36_899, 10_206],
    ["answer", 57_311, 12_653, 35_546],
    ["up", 14_710, 4_560, 25_456],
    ["up", 9_382, 62_045, 28_382],
    ["interrupt", 40_908, 25_051, 53_911],
    ["turn", 3_535, 20_593, 32_252],
  ),
];
