import type { EventId, UserId, Vote } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { voteIn } from "./rules.ts";
import { listOptions, listRequired } from "./store.ts";
import { listVotes } from "./votes-store.ts";

/** A time that the poll offers, or a whole day. */
export interface Offered {
  readonly start_ms: number | null;
  readonly duration_ms: number | null;
  readonly date: string | null;
}

/** What a search for times asks of a poll, closed or not: what is offered, what each has said of it, whose answer decides. */
export async function votesOf(
  sql: Sql,
  event: EventId,
): Promise<{
  options: Offered[];
  votes: Map<UserId, (Vote | undefined)[]>;
  required: Set<UserId>;
}> {
  const options = await listOptions(sql, event);
  const votes = options.length === 0 ? [] : await listVotes(sql, event);
  const said = votes.map((row) => [row.user_id, options.map(({ slot }) => voteIn(row.votes, slot))] as const);
  return { options, votes: new Map(said), required: new Set(await listRequired(sql, event)) };
}
