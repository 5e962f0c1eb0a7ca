import type { EventState } from "./event-state.ts";
import type { UserState } from "./user-state.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** All that is held of what a person can see: themselves, and the events that were loaded. */
export interface State {
  readonly user: UserState;
  readonly events: Readonly<Record<string, EventState>>;
  /** Where people are and how they come along; nothing is known where it is missing. */
  readonly where?: Whereabouts | undefined;
}
