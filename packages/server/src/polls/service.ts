import type { EventId, OptionId, Poll, PollSettings, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { isAddressOnly } from "../events/rules.ts";
import { AppError } from "../lib/app-error.ts";
import { pacer } from "../lib/shared-turns.ts";
import { type Polled, requirePoll, requirePollChange } from "./access.ts";
import { reportPoll } from "./reporting.ts";
import { inOrder, isComplete, isOpen, maySee, renderOption, seesVoters, tallyOf, votersIn } from "./rules.ts";
import {
  type AskedRow,
  deleteRequired,
  findPoll,
  insertRequired,
  listAsked,
  listOptions,
  listRequired,
  type OptionRow,
  type PollRow,
  updatePoll,
} from "./store.ts";
import { listVotes, type VoteRow } from "./votes-store.ts";
import { toVotes } from "./voting.ts";

/** The poll as this caller may see it. */
export async function getPoll(ctx: Context, viewer: Viewer, event: EventId): Promise<Poll> {
  const sql = ctx.db.read;
  const pace = pacer(ctx);
  const polled = await requirePoll(sql, viewer.id, event);
  // First: what is read after it may be newer than its version says, and then an entry is on its way that tells so.
  const poll = await findPoll(sql, event);
  const options = inOrder(await listOptions(sql, event), polled.facts.time_zone);
  const votes = await listVotes(sql, event);
  const required = new Set(await listRequired(sql, event));
  const sees = seesVoters(poll?.hidden === 1, polled.participant.role);
  // Of a hidden poll a guest needs the people only to be told who is required.
  const asked = sees || required.size > 0 ? await listAsked(sql, event) : [];
  const named = new Set(asked.filter((row) => isNamed(row, viewer.id)).map(({ user_id }) => user_id));
  const own = votes.find(({ user_id }) => user_id === viewer.id)?.votes ?? "";
  const isShown = (row: VoteRow) => named.has(row.user_id) && maySee(row, polled.participant);
  const shown = sees ? votes.filter(isShown) : null;
  return {
    options: await renderOptions(options, votes, shown, pace),
    votes: toVotes(own, options),
    open: isOpen(polled.facts, poll, ctx.clock.now()),
    deadline_ms: poll?.deadline_ms ?? null,
    hidden: poll?.hidden === 1,
    required: [...named].filter((user) => required.has(user)),
    ...progressOf(shown, named, options),
    chosen: chosenOf(poll, polled.facts, options),
    version: poll?.version ?? 0,
  };
}

/** A poll of everything by everybody has 200,000 votes. */
async function renderOptions(
  options: readonly OptionRow[],
  votes: readonly VoteRow[],
  shown: readonly VoteRow[] | null,
  pace: () => Promise<void>,
): Promise<Poll["options"]> {
  const rendered: Poll["options"] = [];
  for (const option of options) {
    await pace();
    const voters = shown === null ? null : votersIn(shown, option.slot);
    rendered.push({ ...renderOption(option), tally: tallyOf(votes, option.slot), voters });
  }
  return rendered;
}

/** Whom of the people this reader knows by id: not who is behind an unanswered address, nor whom nothing has reached. */
function isNamed(row: AskedRow, viewer: UserId): boolean {
  if (row.user_id === viewer) return true;
  return !isAddressOnly(row) && (row.delivered === 1 || row.invited_by === viewer);
}

function progressOf(
  shown: readonly VoteRow[] | null,
  named: ReadonlySet<UserId>,
  options: readonly OptionRow[],
): Pick<Poll, "answered" | "waiting"> {
  if (shown === null) return { answered: null, waiting: null };
  const slots = options.map(({ slot }) => slot);
  const voted = new Map(shown.map(({ user_id, votes }) => [user_id, votes]));
  return {
    answered: [...voted.keys()],
    waiting: [...named].filter((user) => !isComplete(voted.get(user) ?? "", slots)),
  };
}

/** Only while the event has the time that was taken from it. */
function chosenOf(
  poll: PollRow | undefined,
  { start_ms, start_date }: Polled["facts"],
  options: readonly OptionRow[],
): OptionId | null {
  const option = options.find(({ id }) => id === poll?.chosen);
  if (option === undefined || start_ms === null) return null;
  const isThen = option.date === null ? option.start_ms === start_ms : option.date === start_date;
  return isThen ? option.id : null;
}

/** Changes what is named of how the poll is held. */
export async function setPoll(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  settings: PollSettings,
): Promise<Poll> {
  await ctx.db.write(async (tx) => {
    await requirePollChange(tx.sql, viewer.id, event);
    const present = await findPoll(tx.sql, event);
    const changed = changedSettings(present, settings);
    const required = await changedRequired(tx, viewer, event, settings.required);
    if (changed === null && required === null) return;
    await reportPoll(ctx, tx, event, { op: "settings" });
    if (changed !== null) await updatePoll(tx.sql, event, changed);
    for (const user of required?.removed ?? []) await deleteRequired(tx.sql, event, user);
    for (const user of required?.added ?? []) await insertRequired(tx.sql, event, user);
  });
  return getPoll(ctx, viewer, event);
}

function changedSettings(present: PollRow | undefined, { deadline, hidden }: PollSettings) {
  const { deadline_ms = null, hidden: isHidden = 0 } = present ?? {};
  const wanted = {
    deadline_ms:
      deadline === undefined ? deadline_ms : deadline === null ? null : Math.round(deadline * 1_000),
    hidden: hidden === undefined ? isHidden : Number(hidden),
  };
  return wanted.deadline_ms === deadline_ms && wanted.hidden === isHidden ? null : wanted;
}

/** Who comes to be required, and who is no longer; somebody whom the caller does not see in the event is refused. */
async function changedRequired(
  tx: Tx,
  viewer: Viewer,
  event: EventId,
  wanted: readonly UserId[] | undefined,
): Promise<{ added: UserId[]; removed: UserId[] } | null> {
  if (wanted === undefined) return null;
  const present = new Set(await listRequired(tx.sql, event));
  const next = new Set(wanted);
  await requireNamed(tx.sql, viewer, event, wanted);
  const added = [...next].filter((user) => !present.has(user));
  const removed = [...present].filter((user) => !next.has(user));
  return added.length + removed.length === 0 ? null : { added, removed };
}

async function requireNamed(
  sql: Sql,
  viewer: Viewer,
  event: EventId,
  users: readonly UserId[],
): Promise<void> {
  const asked = await listAsked(sql, event);
  const named = new Set(asked.filter((row) => isNamed(row, viewer.id)).map(({ user_id }) => user_id));
  const index = users.findIndex((user) => !named.has(user));
  if (index === -1) return;
  const [path, message] = [`required.${index}`, "is not among the event's people"];
  throw new AppError("invalid_input", { detail: `${path} ${message}`, errors: [{ path, message }] });
}
