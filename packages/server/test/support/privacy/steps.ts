import { array, constantFrom, nat, oneof, record, type Arbitrary } from "fast-check";

/** What happens in a history. Who may not do it is refused, which is a step as well. */
const often = ["wait", "wait", "wait", "general", "general", "general", "forEvent", "ingest", "on"] as const;
const consents = ["on", "coarse", "paused", "off", "ask"] as const;
const membership = ["accepted", "maybe", "declined", "leave", "remove", "add", "block", "unblock"] as const;
const friends = ["share", "share", "shareCoarse", "unshare", "befriend", "unfriend"] as const;
const edits = ["start", "soon", "duration", "timeless", "place", "purge"] as const;
const access = ["logout", "device", "device", "revoke"] as const;
/** To the last millisecond of a window, of consent or of a share, or the first without. */
const edges = ["edge", "edge", "outlast"] as const;
/** On the way: by a socket, out of reach for a while, far, there, and where one sets out from. */
const way = ["frame", "backlog", "ride", "until", "arrive", "linger", "from", "noStart"] as const;
const rare = ["cancel", "erase", "restart"] as const;
const kinds = [
  ...often,
  ...often,
  ...consents,
  ...membership,
  ...friends,
  ...edits,
  ...access,
  ...edges,
  ...way,
] as const;

export type Kind = (typeof kinds)[number] | (typeof rare)[number];

export interface Step {
  kind: Kind;
  who: number;
  other: number;
  /** Whatever else has to be chosen. */
  n: number;
}

const kind: Arbitrary<Kind> = oneof(
  { weight: 150, arbitrary: constantFrom(...kinds) },
  { weight: 1, arbitrary: constantFrom(...rare) },
);
/** Mostly the same two people, so that what belongs together often meets. */
const person = oneof({ weight: 2, arbitrary: nat(4) }, { weight: 3, arbitrary: constantFrom(1, 2) });
const cast = { who: person, other: person, n: nat(1_000) };
const single = record({ kind, ...cast }).map((step) => [step]);

/** Sequences that chance alone would rarely put together. */
const stories: Kind[][] = [
  ["general", "paused", "on"],
  ["forEvent", "paused", "wait", "general", "on"],
  ["paused", "general", "wait", "on", "wait"],
  ["off", "general", "on", "general"],
  ["block", "on", "unblock", "general"],
  ["remove", "add", "accepted", "general"],
  ["declined", "accepted", "on", "general"],
  ["leave", "accepted", "general"],
  ["start", "on", "general"],
  ["start", "general", "start"],
  ["on", "duration", "wait", "general"],
  ["purge", "on", "general"],
  ["on", "soon", "general", "wait"],
  ["share", "general", "wait", "general"],
  ["share", "outlast", "general"],
  ["on", "edge", "general"],
  ["general", "on", "general", "edge"],
  ["general", "share", "wait", "share"],
  ["shareCoarse", "general", "unshare", "general"],
  ["share", "unfriend", "befriend", "general"],
  ["share", "general", "block", "unblock", "befriend"],
  ["device", "ingest", "wait", "ingest"],
  ["device", "logout", "revoke", "ingest"],
  ["on", "ingest", "coarse", "ingest"],
  ["on", "ride", "off", "on"],
  ["ride", "paused", "on", "ride"],
  ["coarse", "ride", "on"],
  ["device", "backlog", "on", "backlog"],
  ["device", "on", "backlog", "paused", "on"],
  ["device", "until", "general", "arrive", "linger"],
  ["device", "until", "arrive", "start", "linger"],
  ["device", "coarse", "until", "arrive", "linger", "general"],
  ["from", "leave", "accepted"],
  ["from", "declined", "accepted", "general"],
  ["device", "on", "arrive", "paused", "on", "general"],
  ["on", "ride", "block", "unblock", "on", "general"],
  ["from", "paused", "block"],
  ["from", "duration", "wait", "start"],
  ["frame", "paused", "frame", "on"],
];
const story = record({ kinds: constantFrom(...stories), ...cast }).map(({ kinds: told, who, other, n }) =>
  told.map((next, i) => ({
    kind: next,
    who: next === "remove" || next === "add" ? 0 : who,
    other: next === "remove" || next === "add" ? who : other,
    n: n + i * 7,
  })),
);

export const chapters: Arbitrary<Step[][]> = array(
  oneof({ weight: 2, arbitrary: single }, { weight: 3, arbitrary: story }),
  { minLength: 2, maxLength: 6 },
);

export function pick<T>(from: readonly T[], n: number): T {
  const picked = from[n % from.length];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}

/** A history as it is printed when it fails. */
export function told(steps: readonly Step[]): string {
  return steps.map(({ kind: what, who, other, n }) => `${what}(${who},${other},${n})`).join(" ");
}
