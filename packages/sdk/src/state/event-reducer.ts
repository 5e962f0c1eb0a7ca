import type { EntryData, EntryFrame, SharingState } from "@jarvis/contract";
import {
  messageArrived,
  messageChanged,
  pinChanged,
  type ReactionChange,
  reactionChanged,
  type Viewing,
} from "./chat-reducer.ts";
import type { ChatMessage, EventState } from "./event-state.ts";
import { coreChanged, occurrenceAnswered } from "./occurrences.ts";
import { pollAfter } from "./poll-reducer.ts";
import { peopleChanged, rsvpChanged } from "./people-reducer.ts";

/**
 * An event after an entry of its stream. Data is trusted to have its kind's form: it comes from the server that was
 * signed in to. Every kind says how something is now, so that an entry which the state already contains does no harm.
 */
export function eventEntry(event: EventState, entry: EntryFrame, viewing: Viewing): EventState {
  return pollAfter(changedBy(event, entry, viewing), event, entry);
}

function changedBy(event: EventState, entry: EntryFrame, viewing: Viewing): EventState {
  const { kind, data } = entry;
  switch (kind) {
    case "message":
      return messageArrived(event, messageOf(data), viewing);
    case "message_edited":
    case "message_deleted":
      return messageChanged(event, messageOf(data), viewing);
    case "reaction":
      return reactionChanged(event, data as unknown as ReactionChange, entry.seq, viewing);
    case "pin":
      return pinChanged(event, Number(data["seq"]), String(data["op"]));
    case "event":
      return coreChanged(event, (data as EntryData<"event">).event);
    case "people":
      return peopleChanged(event, data as EntryData<"people">);
    case "rsvp":
      return answered(event, data as EntryData<"rsvp">);
    case "sharing":
      // Of one occurrence: the state holds none of these.
      return "event" in data ? event : ownSharing(event, data as EntryData<"sharing">, viewing.self);
    case "location_request":
      return "event" in data
        ? event
        : requestChanged(event, data as EntryData<"location_request">, viewing.self);
    default:
      return event; // of a newer server, or nothing that the state holds
  }
}

/** An answer to a series takes back those to occurrences that lie ahead: which these are, it does not say. */
function answered(event: EventState, answer: EntryData<"rsvp">): EventState {
  if (answer.event !== undefined) return occurrenceAnswered(event, answer);
  const changed = rsvpChanged(event, answer);
  return event.occurrences.length === 0 ? changed : { ...changed, stale: true };
}

function messageOf(data: Record<string, unknown>): ChatMessage {
  return data["message"] as ChatMessage;
}

/** What is shared in one occurrence is not the series': it is asked for where it is shown. */
function ownSharing(
  event: EventState,
  { user, state, event: occurrence }: { user: string; state: SharingState; event?: string | undefined },
  self: string,
): EventState {
  return user === self && occurrence === undefined ? { ...event, sharing: state } : event;
}

function requestChanged(
  event: EventState,
  { from, to, state, event: occurrence }: EntryData<"location_request">,
  self: string,
): EventState {
  if (occurrence !== undefined) return event;
  const { incoming, outgoing } = event.requests;
  const put = (ids: readonly string[], id: string) => {
    const others = ids.filter((other) => other !== id);
    return state === "pending" ? [...others, id] : others;
  };
  if (from === self) return { ...event, requests: { incoming, outgoing: put(outgoing, to) } };
  return to === self ? { ...event, requests: { incoming: put(incoming, from), outgoing } } : event;
}
