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
  {
    why: "hears of a removal and a return that are long past: what it has had of the event already does not come as a hole",
    plan: {
      seed: 812,
      people: 3,
      weight: 2_000,
      queueLimit: 9,
      lost: 0,
      repeated: 0,
      isFaulty: false,
      steps: [
        { kind: "answer", a: 60_392, b: 44_904, c: 10_478 },
        { kind: "say", a: 34_659, b: 37_135, c: 56_287 },
        { kind: "answer", a: 50_797, b: 41_611, c: 16_934 },
        { kind: "answer", a: 6_872, b: 46_625, c: 4_417 },
        { kind: "setRole", a: 3_421, b: 2_699, c: 37_234 },
        { kind: "answer", a: 11_041, b: 9_451, c: 11_517 },
        { kind: "leave", a: 34_997, b: 25_005, c: 44_484 },
        { kind: "say", a: 21_224, b: 22_846, c: 63_121 },
        { kind: "turn", a: 20_766, b: 43_996, c: 23_537 },
        { kind: "prune", a: 23_380, b: 60_836, c: 24_246 },
        { kind: "restartDevice", a: 12_653, b: 17_291, c: 53_105 },
        { kind: "answer", a: 56_471, b: 45_415, c: 46_098 },
        { kind: "up", a: 28_440, b: 51_476, c: 9_493 },
        { kind: "turn", a: 61_003, b: 65_367, c: 1_244 },
        { kind: "down", a: 848, b: 40_470, c: 33_583 },
        { kind: "waitFor", a: 24_033, b: 54_866, c: 6_821 },
        { kind: "microtasks", a: 26_088, b: 20_868, c: 59_706 },
        { kind: "waitFor", a: 54_129, b: 54_680, c: 61_235 },
      ],
    },
  },
];
