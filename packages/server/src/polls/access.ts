import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import {
  eventFacts,
  type EventParticipant,
  requireChange,
  requireNotCancelled,
  requireParticipant,
} from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { isOpen } from "./rules.ts";
import { findPoll } from "./store.ts";

type Facts = Awaited<ReturnType<typeof eventFacts>>;

/** Whoever takes part in an event, and the event. */
export interface Polled {
  readonly participant: EventParticipant;
  readonly facts: Facts;
}

export async function requirePoll(sql: Sql, user: UserId, event: EventId): Promise<Polled> {
  return { participant: await requireParticipant(sql, user, event), facts: await eventFacts(sql, event) };
}

/** Owner and hosts, while the event is not cancelled. */
export async function requirePollChange(sql: Sql, user: UserId, event: EventId): Promise<Polled> {
  return { participant: await requireChange(sql, user, event), facts: await eventFacts(sql, event) };
}

/** Nothing is offered for an event that has its time. */
export function requireNoTime({ facts }: Polled): void {
  if (facts.start_ms !== null) throw new AppError("forbidden", { detail: "The event has a time" });
}

/** Asked in the unit that votes: what it answers does not change before that unit's end. */
export async function requireOpen(sql: Sql, { participant, facts }: Polled, now: number): Promise<void> {
  requireNotCancelled(participant);
  if (!isOpen(facts, await findPoll(sql, facts.id), now))
    throw new AppError("forbidden", { detail: "The poll is closed" });
}
