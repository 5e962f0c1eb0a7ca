import {
  limits,
  type Poll,
  type Role,
  type Tally,
  toWireNumber,
  type UserId,
  type Vote,
} from "@jarvis/contract";

/** Somebody's votes are one text: of the option in slot n, the character at n. It never ends with `none`. */
const none = "-";
const letters = { yes: "y", if_needed: "i", no: "n" } as const satisfies Record<Vote, string>;
const meanings: Readonly<Record<string, Vote>> = { y: "yes", i: "if_needed", n: "no" };

/** Whether people vote: there is no time yet, and their time has not run out. */
export function isOpen(
  event: { start_ms: number | null; cancelled: number },
  poll: { deadline_ms: number | null } | undefined,
  now: number,
): boolean {
  if (event.start_ms !== null || event.cancelled === 1) return false;
  const deadline = poll?.deadline_ms ?? null;
  return deadline === null || now < deadline;
}

export function voteIn(votes: string, slot: number): Vote | undefined {
  return meanings[votes[slot] ?? none];
}

/** What is not named stays; `null` takes a vote back. */
export function mergedVotes(present: string, changes: ReadonlyMap<number, Vote | null>): string {
  const length = Math.max(present.length, ...changes.keys().map((slot) => slot + 1));
  const letterAt = Array.from(present.padEnd(length, none));
  for (const [slot, vote] of changes) letterAt[slot] = vote === null ? none : letters[vote];
  return letterAt.join("").replace(/-+$/, "");
}

/** The slots in which two votes of one person differ. */
export function changedSlots(before: string, after: string): number[] {
  const slots = Array.from({ length: Math.max(before.length, after.length) }, (_, slot) => slot);
  return slots.filter((slot) => (before[slot] ?? none) !== (after[slot] ?? none));
}

/** How the option in a slot stands. */
export function tallyOf(votes: readonly { votes: string }[], slot: number): Tally {
  const tally = { yes: 0, if_needed: 0, no: 0 };
  for (const row of votes) {
    const letter = row.votes[slot]; // compared one by one: a large poll asks this 200,000 times
    if (letter === letters.yes) tally.yes++;
    else if (letter === letters.if_needed) tally.if_needed++;
    else if (letter === letters.no) tally.no++;
  }
  return tally;
}

type Voters = NonNullable<Poll["options"][number]["voters"]>;

/** Who voted what on the option in a slot, of those who may be named. */
export function votersIn(votes: readonly { user_id: UserId; votes: string }[], slot: number): Voters {
  const voters: Voters = { yes: [], if_needed: [], no: [] };
  for (const row of votes) {
    const letter = row.votes[slot]; // as above
    if (letter === letters.yes) voters.yes.push(row.user_id);
    else if (letter === letters.if_needed) voters.if_needed.push(row.user_id);
    else if (letter === letters.no) voters.no.push(row.user_id);
  }
  return voters;
}

/** Whether somebody has voted on every option. */
export function isComplete(votes: string, slots: readonly number[]): boolean {
  return slots.every((slot) => voteIn(votes, slot) !== undefined);
}

/** Whether this reader is told who voted what. */
export function seesVoters(hidden: boolean, role: Role): boolean {
  return !hidden || role !== "guest";
}

/** What somebody voted while it was hidden stays so for guests, whatever the hosts set afterwards. */
export function maySee(
  vote: { user_id: UserId; secret: number },
  reader: { user: UserId; role: Role },
): boolean {
  return vote.secret === 0 || reader.role !== "guest" || vote.user_id === reader.user;
}

/** The lowest slots that are free, as many as are wanted; fewer where the poll is full. */
export function freeSlots(taken: readonly { slot: number }[], wanted: number): number[] {
  const used = new Set(taken.map(({ slot }) => slot));
  const all = Array.from({ length: limits.pollOptions }, (_, slot) => slot);
  return all.filter((slot) => !used.has(slot)).slice(0, wanted);
}

interface Time {
  start_ms: number | null;
  duration_ms: number | null;
  date: string | null;
}

/** Two offers of one time are one option. */
export function isSameTime(a: Time, b: Time): boolean {
  return a.start_ms === b.start_ms && a.duration_ms === b.duration_ms && a.date === b.date;
}

export function dateAt(ms: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** By time; a whole day stands before the times of the same date in the event's zone. */
export function inOrder<T extends Time & { id: string }>(options: readonly T[], timeZone: string): T[] {
  const hasDates = options.some(({ date }) => date !== null);
  const keyed = options.map((option) => {
    const { start_ms: start, date } = option;
    return { option, date: date ?? (hasDates && start !== null ? dateAt(start, timeZone) : "") };
  });
  keyed.sort((a, b) => compare(a.date, b.date) || compareTimes(a.option, b.option));
  return keyed.map(({ option }) => option);
}

function compareTimes(a: Time & { id: string }, b: Time & { id: string }): number {
  const start = (a.start_ms ?? -1) - (b.start_ms ?? -1); // a whole day has none
  return start || (a.duration_ms ?? 0) - (b.duration_ms ?? 0) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function renderOption<Id extends string>({ id, start_ms, duration_ms, date }: Time & { id: Id }) {
  return {
    id,
    start_time: start_ms === null ? null : toWireNumber(start_ms / 1_000),
    duration: duration_ms === null ? null : toWireNumber(duration_ms / 1_000),
    date,
  };
}
