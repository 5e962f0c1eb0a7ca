import type { EventId, OptionId, Vote, Votes, VotesInput } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { requireOpen, requirePoll } from "./access.ts";
import { reportPoll } from "./reporting.ts";
import { changedSlots, mergedVotes, voteIn } from "./rules.ts";
import { listOptions, listSlots } from "./store.ts";
import { findVotes, updateVotes } from "./votes-store.ts";

/** Votes on what is named; answers all that the caller has voted. Whether it is open is asked in the unit that votes. */
export function setVotes(ctx: Context, viewer: Viewer, event: EventId, input: VotesInput): Promise<Votes> {
  return ctx.db.write(async (tx) => {
    const polled = await requirePoll(tx.sql, viewer.id, event);
    const poll = await requireOpen(tx.sql, polled, ctx.clock.now());
    const before = await findVotes(tx.sql, event, viewer.id);
    const after = mergedVotes(before, await bySlot(tx.sql, event, input));
    if (after !== before) {
      const row = { event_id: event, user_id: viewer.id, votes: after, secret: poll?.hidden ?? 0 };
      await updateVotes(tx.sql, row);
      await reportPoll(ctx, tx, event, { op: "votes", slots: changedSlots(before, after) });
    }
    return toVotes(after, await listOptions(tx.sql, event));
  });
}

/** The votes by slot; an option that is not in the poll refuses them all. */
async function bySlot(sql: Sql, event: EventId, input: VotesInput): Promise<Map<number, Vote | null>> {
  const named = new Map(Object.entries(input));
  const options = await listSlots(sql, event, [...named.keys()] as OptionId[]); // looked up, whatever they are
  if (options.length < named.size) throw unknown([...named.keys()], options);
  return new Map(options.map(({ id, slot }) => [slot, named.get(id) ?? null]));
}

function unknown(named: readonly string[], options: readonly { id: OptionId }[]): AppError {
  const known = new Set<string>(options.map(({ id }) => id));
  const message = "is no option of this poll";
  const errors = named.filter((id) => !known.has(id)).map((path) => ({ path, message }));
  return new AppError("invalid_input", { detail: `An option ${message}`, errors: errors.slice(0, 20) });
}

/** Somebody's own votes by option. */
export function toVotes(votes: string, options: readonly { id: OptionId; slot: number }[]): Votes {
  const own: Votes = {};
  for (const { id, slot } of options) {
    const vote = voteIn(votes, slot);
    if (vote !== undefined) own[id] = vote;
  }
  return own;
}
