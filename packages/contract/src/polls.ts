import { z } from "zod";
import { pollHosts, pollHostsAboutOption, pollReaders, pollSetters, pollVoters } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { event } from "./events.ts";
import { eventId, optionId, userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { durationInput, instantMs, unixSecondsInput, wireNumber } from "./values.ts";

/** What somebody says of a time: it suits them, it does where it has to, it does not. */
export const vote = z.enum(["yes", "if_needed", "no"]);

const option = z.object({
  id: optionId,
  start_time: wireNumber.nullable(),
  duration: wireNumber.nullable(),
  /** A whole day, the same date wherever somebody is; then there is no `start_time`. */
  date: z.string().nullable(),
});
export const tally = z.object({ yes: z.int(), if_needed: z.int(), no: z.int() });
const people = z.array(userId);
const votersOf = z.object({ yes: people, if_needed: people, no: people });
const ownVotes = z.record(optionId, vote);

/** The poll for an event's time, as this caller may see it. Who voted what is `null` where it is hidden from them. */
export const poll = z.object({
  options: z.array(option.extend({ tally, voters: votersOf.nullable() })),
  /** The caller's own, by option. */
  votes: ownVotes,
  open: z.boolean(),
  deadline_ms: instantMs.nullable(),
  hidden: z.boolean(),
  required: people,
  /** Who has voted on some option. */
  answered: people.nullable(),
  /** Who was asked and has not voted on every option. */
  waiting: people.nullable(),
  /** The option that the event's time was taken from, while it has that time. */
  chosen: optionId.nullable(),
  version: z.int(),
});

const optionInput = z
  .object({
    start_time: unixSecondsInput.optional(),
    duration: durationInput.optional(),
    date: z.iso.date().optional(),
  })
  .refine(({ start_time, date }) => (start_time === undefined) !== (date === undefined), {
    path: ["start_time"],
    message: "must be there, or else a date",
  })
  .refine(({ duration, date }) => duration === undefined || date === undefined, {
    path: ["duration"],
    message: "is not for a date",
  });

const activation = z
  .object({
    option: optionId.optional(),
    start_time: unixSecondsInput.optional(),
    duration: durationInput.optional(),
  })
  .refine(({ option: from, start_time }) => (from === undefined) !== (start_time === undefined), {
    path: ["option"],
    message: "must be there, or else a start_time",
  })
  .refine(({ option: from, duration }) => from === undefined || duration === undefined, {
    path: ["duration"],
    message: "is the option's",
  });

const own = z.object({ id: eventId });
const read = ["unauthenticated", "no_account", "not_found"] as const;
/** A poll belongs to one event, not to a series. */
const change = [...read, "forbidden", "unsupported"] as const;

export const polls = {
  addOptions: endpoint({
    method: "POST",
    path: "/event/{id}/options",
    summary: "Offer times for an event that has none (owner and hosts)",
    description: "One that is there already is answered with its id, so a repeat creates nothing.",
    auth: "session",
    access: pollHosts,
    params: own,
    body: z.object({ options: z.array(optionInput).min(1).max(limits.pollOptions) }),
    response: z.array(option),
    status: 201,
    errors: change,
    rate: "poll",
  }),
  getPoll: endpoint({
    method: "GET",
    path: "/event/{id}/options",
    summary: "The poll: times, how they stand, who has voted where that is not hidden",
    auth: "session",
    access: pollReaders,
    params: own,
    response: poll,
    errors: [...read, "unsupported"],
  }),
  setPoll: endpoint({
    method: "PUT",
    path: "/event/{id}/poll",
    summary:
      "Set until when people vote, who sees who voted what, and whose answer decides (owner and hosts)",
    auth: "session",
    access: pollSetters,
    params: own,
    body: z
      .object({
        deadline: unixSecondsInput.nullable(),
        hidden: z.boolean(),
        required: people.max(limits.peoplePerEvent),
      })
      .partial(),
    response: poll,
    errors: change,
    rate: "poll",
  }),
  removeOption: endpoint({
    method: "DELETE",
    path: "/event/{id}/options/{option}",
    summary: "Take a time out of the poll, with its votes (owner and hosts)",
    auth: "session",
    access: pollHostsAboutOption,
    params: z.object({ id: eventId, option: optionId }),
    response: z.literal("success"),
    errors: change,
    rate: "poll",
  }),
  setVotes: endpoint({
    method: "PUT",
    path: "/event/{id}/votes",
    summary: "Vote on times of the poll",
    description: "By option; what is not named stays, `null` takes a vote back. Answers all own votes.",
    auth: "session",
    access: pollVoters,
    params: own,
    body: z.record(z.string().max(200), vote.nullable()),
    bodyAs: "votes",
    response: ownVotes,
    errors: change,
    rate: "poll",
  }),
  activate: endpoint({
    method: "POST",
    path: "/event/{id}/activate",
    summary: "Fix the event's time, from an option or as given (owner and hosts)",
    description: 'Honours `If-Match: "<version>"`. The poll closes and keeps its votes.',
    auth: "session",
    access: pollSetters,
    params: own,
    body: activation,
    response: event,
    errors: [...change, "changed"],
    rate: "poll",
  }),
} as const;

export type Vote = z.output<typeof vote>;
export type Tally = z.output<typeof tally>;
export type Poll = z.input<typeof poll>;
export type PollOption = z.input<typeof option>;
export type PollOptionInput = z.output<typeof optionInput>;
export type PollSettings = z.output<typeof polls.setPoll.body>;
export type Votes = Record<string, Vote>;
export type VotesInput = z.output<typeof polls.setVotes.body>;
export type Activation = z.output<typeof activation>;
