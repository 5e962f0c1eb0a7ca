import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import {
  eventFacts,
  type EventParticipant,
  requireChange,
  requireNotCancelled,
  requireParticipant,
  requireWhole,
} from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { isOpen } from "./rules.ts";
import { findPoll, type PollRow } from "./store.ts";

type Facts = Awaited<ReturnType<typeof eventFacts>>;

/** Whoever takes part in an event, and the event. */
export interface Polled {
  readonly participant: EventParticipant;
  readonly facts: Facts;
}

export async function requirePoll(sql: Sql, user: UserId, event: EventId): Promise<Polled> {
  return polledOf(sql, await requireParticipant(sql, user, event));
}

/** Owner and hosts, while the event is not cancelled. */
export async function requirePollChange(sql: Sql, user: UserId, event: EventId): Promise<Polled> {
  return polledOf(sql, await requireChange(sql, user, event));
}

/** A rule gives a series its times, so there is none to be found. */
async function polledOf(sql: Sql, participant: EventParticipant): Promise<Polled> {
  requireWhole(participant);
  if (participant.kind === "series")
    throw new AppError("unsupported", { detail: "A series has its times by its rule" });
  return { participant, facts: await eventFacts(sql, participant.event) };
}

/** Nothing is offered for an event that has its time. */
export function requireNoTime({ facts }: Polled): void {
  if (facts.start_ms !== null) throw new AppError("forbidden", { detail: "The event has a time" });
}

/** Asked in the unit that votes: what it answers does not change before that unit's end. */
export async function requireOpen(
  sql: Sql,
  { participant, facts }: Polled,
  now: number,
): Promise<PollRow | undefined> {
  requireNotCancelled(participant);
  const poll = await findPoll(sql, facts.id);
  if (!isOpen(facts, poll, now)) throw new AppError("forbidden", { detail: "The poll is closed" });
  return poll;
}
