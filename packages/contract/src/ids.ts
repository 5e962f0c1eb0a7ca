import { z } from "zod";

/** Ids are opaque strings to clients. The brand keeps a user's id from being passed where an event's belongs. */
export const userId = z.string().max(200).brand<"UserId">();
export const eventId = z.string().max(200).brand<"EventId">();
export const messageId = z.string().max(200).brand<"MessageId">();
export const invitationId = z.string().max(200).brand<"InvitationId">();
export const photoId = z.string().max(200).brand<"PhotoId">();
export const calendarId = z.string().max(200).brand<"CalendarId">();
export const deviceId = z.string().max(200).brand<"DeviceId">();
export const optionId = z.string().max(200).brand<"OptionId">();

export type UserId = z.output<typeof userId>;
/** An event's id is also the id of its chat. */
export type EventId = z.output<typeof eventId>;
export type MessageId = z.output<typeof messageId>;
export type InvitationId = z.output<typeof invitationId>;
export type PhotoId = z.output<typeof photoId>;
export type CalendarId = z.output<typeof calendarId>;
export type DeviceId = z.output<typeof deviceId>;
export type OptionId = z.output<typeof optionId>;

/** Name of a durable stream: `event:<id>` or `user:<id>`. */
export type StreamId = `event:${string}` | `user:${string}`;

export function eventStream(id: EventId): StreamId {
  return `event:${id}`;
}

export function userStream(id: UserId): StreamId {
  return `user:${id}`;
}
