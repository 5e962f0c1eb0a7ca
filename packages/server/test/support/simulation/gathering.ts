import type { EventId, OptionId } from "@jarvis/contract";
import type { Viewer } from "../../../src/call.ts";
import { cancelEvent, updateEventDetails } from "../../../src/events/editing.ts";
import { setRsvp } from "../../../src/events/rsvp.ts";
import { activate } from "../../../src/polls/activation.ts";
import { setVotes } from "../../../src/polls/voting.ts";
import { rules } from "./gather.ts";
import type { History } from "./history.ts";
import type { Gathering } from "./planned.ts";
import type { Step } from "./steps.ts";

const answers = ["accepted", "maybe", "declined"] as const;
const votes = ["yes", "if_needed", "no", null] as const;
const scopes = ["this", "this", "following", "all"] as const;

interface At {
  readonly viewer: Viewer;
  readonly event: EventId;
  readonly step: Step;
}

type Deed = (history: History, at: At, id: string) => Promise<unknown>;

/** About one occurrence of a series, or one option of a poll: the one that this step chooses. */
function of(kind: Gathering["kind"], deed: Deed): (history: History, at: At) => Promise<unknown> {
  return async (history, { viewer, event: first, step }) => {
    const known = [...history.gatherings].filter(([, gathering]) => gathering.kind === kind);
    const [event, gathering] =
      known.find(([id]) => id === first) ?? known[step.b % Math.max(known.length, 1)] ?? [];
    const id = gathering?.ids[step.a % gathering.ids.length];
    if (event === undefined || id === undefined) return;
    await deed(history, { viewer, event, step }, id);
    history.gathered++;
  };
}

/** What people do about when an event takes place. */
export const gatheringDeeds = {
  answerOne: of("series", ({ ctx }, { viewer, step }, id) =>
    setRsvp(ctx, viewer, id as EventId, answers[step.c % 3] ?? "accepted"),
  ),
  changeSome: of("series", (history, { viewer, step }, id) =>
    updateEventDetails(
      history.ctx,
      viewer,
      id as EventId,
      { name: `once ${history.count++}` },
      null,
      scopes[step.c % 4],
    ),
  ),
  changeRule: of("series", ({ ctx }, { viewer, event, step }) =>
    updateEventDetails(ctx, viewer, event, { recurrence: rules[step.c % 3] }, null),
  ),
  cancelOne: of("series", ({ ctx }, { viewer }, id) => cancelEvent(ctx, viewer, id as EventId, "this")),
  vote: of("poll", ({ ctx }, { viewer, event, step }, id) =>
    setVotes(ctx, viewer, event, { [id]: votes[step.c % 4] ?? null }),
  ),
  /** Fixes the time, or one time in two takes it back. */
  decide: of("poll", ({ ctx }, { viewer, event, step }, id) =>
    step.c % 2 === 0
      ? activate(ctx, viewer, event, { option: id as OptionId }, null)
      : updateEventDetails(ctx, viewer, event, { start_time: null }, null),
  ),
} satisfies Record<string, (history: History, at: At) => Promise<unknown>>;
