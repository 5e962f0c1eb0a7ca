export type { Arguments, CallOptions, Method, Page, Result } from "./call.ts";
export type { Api, Features } from "./api.ts";
export { type Client, type ClientOptions, createClient } from "./client.ts";
export type { ResumePoint } from "./cursors.ts";
export type { Clock, Fetch, Random, Socket, SocketConstructor, SocketEvent } from "./environment.ts";
export { JarvisError, JarvisNetworkError } from "./errors.ts";
export type { BrowserPosition, Fix } from "./location/fix.ts";
export { type GeolocationLike, uploadFromBrowser } from "./location/geolocation.ts";
export type { LocationUploader, UploaderOptions, UploaderState } from "./location/uploader.ts";
export type { Sent } from "./outbox.ts";
export { Connection, type ConnectionState, type RealtimeOptions } from "./realtime.ts";
export type { State } from "./state/apply.ts";
export { applyFrame } from "./state/apply.ts";
export type {
  ChatMessage,
  ChatState,
  EventCore,
  EventPerson,
  EventState,
  Occurrence,
  Photo,
  Reaction,
} from "./state/event-state.ts";
export { ownRsvp, statusAt } from "./state/event-state.ts";
export type { StoreEvents } from "./state/events.ts";
export type { OutgoingMessage, OutgoingPhoto } from "./state/outgoing.ts";
export { isPollOpen, withPoll } from "./state/poll-reducer.ts";
export type { PollState } from "./state/poll-state.ts";
export type { Polls } from "./state/polls.ts";
export type { Draft } from "./state/sending.ts";
export { fetchEvent, fetchUser } from "./state/snapshot.ts";
export { ageMs, leaveInS, positionAt, type Standing, standings } from "./state/standing.ts";
export { itemStorage, keyValueStorage, memoryStorage, type OutboxStorage } from "./state/storage.ts";
export type { Store } from "./state/store.ts";
export type { Snapshot, StoreOptions } from "./state/store-options.ts";
export type { TimelineItem } from "./state/timeline.ts";
export type { Device, Named, Share, UserState } from "./state/user-state.ts";
export type { Journey, Journeys, Seen, Whereabouts } from "./state/whereabouts.ts";
export type { WatchTarget } from "./watched.ts";
