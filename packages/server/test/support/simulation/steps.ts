import { Dice } from "./dice.ts";

/** What may happen, and how often in proportion. */
const weights = {
  say: 24,
  sayOverHttp: 6,
  edit: 6,
  delete: 4,
  read: 4,
  type: 3,
  invite: 9,
  remove: 7,
  leave: 2,
  answer: 6,
  setRole: 2,
  rename: 2,
  create: 1,
  block: 2,
  share: 4,
  signOut: 1,
  signIn: 2,
  erase: 0.4,
  prune: 5,
  interrupt: 1,
  up: 30,
  down: 30,
  answerArrives: 12,
  takeFrames: 14,
  fetch: 8,
  cut: 5,
  serverNotices: 4,
  clientNotices: 5,
  restartDevice: 2,
  waitFor: 8,
  microtasks: 16,
  turn: 30,
} as const;

const rare = { backUp: 4, restore: 3 } as const;

/** Beside that, where the first event is one of these. */
const gatherings = {
  plain: {},
  series: { answer: 12, answerOne: 16, changeSome: 6, changeRule: 3, cancelOne: 1 },
  poll: { vote: 30, decide: 3 },
} as const;

export type StepKind =
  | keyof typeof weights
  | keyof typeof rare
  | keyof (typeof gatherings)["series"]
  | keyof (typeof gatherings)["poll"];

/** Its numbers choose among what there is when it happens: a step means something in any history. */
export interface Step {
  readonly kind: StepKind;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export interface Plan {
  readonly seed: number;
  readonly people: number;
  /** What a byte weighs in the server's queue; 0: readers are never slow. */
  readonly weight: number;
  readonly queueLimit: number;
  /** Shares of the announcements that the bus loses, and repeats. */
  readonly lost: number;
  readonly repeated: number;
  /** Whether entries are lost and repeated on their way to the SDK. */
  readonly isFaulty: boolean;
  /** What the first event is; a plain one unless told. */
  readonly first?: keyof typeof gatherings;
  readonly steps: readonly Step[];
}

/** One history in so many restores a backup: that takes as long as ten others. */
const restoreEvery = 40;

export function planOf(seed: number): Plan {
  const dice = new Dice(seed);
  const restores = seed % restoreEvery === 0;
  const first = (["plain", "plain", "series", "poll"] as const)[dice.int(4)] ?? "plain";
  const drawable = { ...weights, ...gatherings[first], ...(restores ? rare : {}) };
  const kinds = Object.entries(drawable) as [StepKind, number][]; // its own keys
  const total = kinds.reduce((sum, [, weight]) => sum + weight, 0);
  const isLossy = dice.chance(0.35);
  return {
    seed,
    people: 2 + dice.int(3),
    weight: dice.chance(0.5) ? ([30, 100, 300, 2_000][dice.int(4)] ?? 0) : 0,
    queueLimit: dice.chance(0.3) ? 3 + dice.int(8) : 10_000,
    lost: isLossy ? 0.3 : 0,
    repeated: isLossy ? 0.2 : 0,
    isFaulty: dice.chance(0.1),
    steps: Array.from({ length: 30 + dice.int(120) }, () => drawn(dice, kinds, total)),
    first,
  };
}

function drawn(dice: Dice, kinds: readonly [StepKind, number][], total: number): Step {
  let at = dice.fraction() * total;
  const [kind] = kinds.find(([, weight]) => (at -= weight) < 0) ?? kinds[0] ?? ["turn"];
  return { kind, a: dice.int(1 << 16), b: dice.int(1 << 16), c: dice.int(1 << 16) };
}
