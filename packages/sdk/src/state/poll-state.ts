import type { Poll } from "@jarvis/contract";

/** The poll of an event, once it has been looked at. Tallies come with entries; they never say who voted what. */
export interface PollState extends Poll {
  /** Options, tallies or settings are not those of now: it has to be fetched again. */
  readonly stale: boolean;
  /** `voters`, `answered`, `waiting` and the own votes are those of when it was fetched, and people have voted since. */
  readonly votersStale: boolean;
}
