import { accounts } from "./accounts.ts";
import { calendars } from "./calendars.ts";
import { chat } from "./chat.ts";
import { devices } from "./devices.ts";
import { events } from "./events.ts";
import { feeds } from "./feeds.ts";
import { friends } from "./friends.ts";
import { location } from "./location.ts";
import { meeting } from "./meeting.ts";
import { operations } from "./operations.ts";
import { photos } from "./photos.ts";
import { polls } from "./polls.ts";
import { privacy } from "./privacy.ts";
import { streams } from "./realtime.ts";
import { schedule } from "./schedule.ts";
import { access } from "./sign-in.ts";

/** The whole HTTP interface, by feature. */
export const contract = {
  accounts,
  access,
  friends,
  events,
  schedule,
  polls,
  chat,
  photos,
  calendars,
  location,
  devices,
  meeting,
  feeds,
  streams,
  privacy,
  operations,
} as const;
export type Contract = typeof contract;

export { type Access, type Outcome, type Persona, personas, type Row } from "./access.ts";
export * from "./accounts.ts";
export * from "./calendars.ts";
export * from "./chat.ts";
export * from "./devices.ts";
export * from "./endpoint.ts";
export * from "./entries.ts";
export * from "./errors.ts";
export * from "./example.ts";
export * from "./events.ts";
export * from "./feeds.ts";
export * from "./friends.ts";
export * from "./hours.ts";
export * from "./ids.ts";
export * from "./limits.ts";
export * from "./location.ts";
export * from "./meeting.ts";
export * from "./message.ts";
export * from "./operations.ts";
export * from "./photos.ts";
export * from "./polls.ts";
export * from "./privacy.ts";
export * from "./realtime.ts";
export * from "./schedule.ts";
export * from "./sign-in.ts";
export * from "./summaries.ts";
export * from "./values.ts";
export * from "./whereabouts.ts";
