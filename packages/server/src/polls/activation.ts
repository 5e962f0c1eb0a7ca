import type { Activation, Event, EventId, OptionId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { type NewTime, setTime } from "../events/editing.ts";
import { getEvent } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { addDays } from "../lib/zoned-time.ts";
import { type Polled, requirePollChange } from "./access.ts";
import { findOption, findPoll, type OptionRow, updatePoll } from "./store.ts";

/** Fixes the event's time, or moves it; the poll closes by that, and keeps its votes. */
export async function activate(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  input: Activation,
  ifMatch: number | null,
): Promise<Event> {
  await ctx.db.write(async (tx) => {
    const polled = await requirePollChange(tx.sql, viewer.id, event);
    const option = await optionOf(tx.sql, event, input);
    await setTime(ctx, tx, viewer, event, option === null ? given(polled, input) : timeOf(option), ifMatch);
    await keepChosen(tx, event, option?.id ?? null);
  });
  return getEvent(ctx, viewer, event);
}

async function optionOf(sql: Sql, event: EventId, { option: id }: Activation): Promise<OptionRow | null> {
  if (id === undefined) return null;
  const option = await findOption(sql, event, id);
  if (option !== undefined) return option;
  const [path, message] = ["option", "is no option of this poll"];
  throw new AppError("invalid_input", { detail: `${path} ${message}`, errors: [{ path, message }] });
}

function timeOf({ start_ms, duration_ms, date }: OptionRow): NewTime {
  if (date !== null) return { start_date: date, end_date: addDays(date, 1) };
  if (start_ms === null || duration_ms === null) throw new Error("an option is a time or a date");
  return { start_ms, duration_ms };
}

/** The contract lets nothing through that names neither an option nor a start. */
function given({ facts }: Polled, { start_time = 0, duration }: Activation): NewTime {
  const duration_ms = duration === undefined ? facts.duration_ms : Math.round(duration * 1_000);
  return { start_ms: Math.round(start_time * 1_000), duration_ms };
}

/** An event without a poll gets none by being given a time. */
async function keepChosen(tx: Tx, event: EventId, chosen: OptionId | null): Promise<void> {
  const poll = await findPoll(tx.sql, event);
  if (poll !== undefined && poll.chosen !== chosen) await updatePoll(tx.sql, event, { chosen });
}
