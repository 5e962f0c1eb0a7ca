import type { DeliveredKind } from "./entries.ts";
import type { ClientFrame, closeCodes, ServerFrame } from "./realtime.ts";

/** What each frame of a client asks for. */
export const clientFrameSummaries: Readonly<Record<ClientFrame["type"], string>> = {
  hello:
    "Signs in; the first frame, within 5 s. `resume` says up to which entry each stream was seen, in this `epoch`",
  resume: "Asks for the entries of more streams after these numbers",
  send: "Sends a chat message; acknowledged once it is stored durably. Sent again under the same `client_id`, it is one message",
  read: "Moves the own read marker of a chat; it never goes backwards",
  typing: "Says that one is typing; never stored",
  watch: "Asks for the positions of an event, or of a friend who shows it; they flow only while watched",
  unwatch: "Wants no more of these positions",
  location: "Uploads a fix, for one event alone where `event` is given",
  ping: "Asks for a `pong`",
};

/** What each frame of a server says. */
export const serverFrameSummaries: Readonly<Record<ServerFrame["type"], string>> = {
  welcome: "Signed in; where every stream of this person stands. `epoch` names this history",
  entry:
    "A durable entry of a stream: in order, without gap, once for each connection. Its kind says what `data` is",
  ack: "The message is stored durably, under this number of its chat",
  position: "Where somebody in a watched event is now: the last value, never stored in a stream",
  friend_position: "Where a watched friend is now, who shows it to this person beside events",
  typing: "Somebody is typing",
  read: "Somebody's read marker moved",
  online: "Somebody came or went. Declared for later: no server sends it yet",
  pong: "Answers `ping`",
  skip: "The entries with these numbers are not for this person: go on after them",
  reset: "The resume point is not in this history: fetch over HTTP, and go on after `last_seq`",
  error: "A frame was refused; `ref` and `client_id` say which",
};

/** What an entry of each kind says. */
export const entrySummaries: Readonly<Record<DeliveredKind, string>> = {
  message: "A chat message, as it is now",
  message_edited: "A message was edited",
  message_deleted: "A message was deleted: its place stays, its text is gone",
  reaction: "Somebody reacted to a message, or took it back",
  pin: "A message was pinned, or is so no longer",
  event: "The event was changed or cancelled",
  people: "Somebody was added or removed, or has another role",
  rsvp: "Somebody answered the invitation",
  poll: "The poll for the event's time was changed, or people voted; never who",
  location_request: "One person asks another to share; to these two only",
  sharing: "Somebody began, paused or ended sharing their location",
  travel: "Somebody on their way is late, on time again or there; or it is time for them to leave",
  friend_request: "Somebody asks to be friends, or does so no longer",
  friend: "A friendship began or ended",
  invited: "An invitation: from now on this connection hears the event's stream",
  event_created: "The own new event, to all of the owner's connections",
  removed: "This person is in the event no longer",
  profile: "The own profile or settings changed",
  calendar: "A calendar of this person was connected, read with another result, or removed",
  device: "A phone that may report where the person is was made, renamed or removed",
  share: "Somebody shows a friend where they are, until then or no longer; to these two only",
  block: "This person blocked somebody, or lifted it",
};

/** Why a server closes a socket, by the names of `closeCodes`. */
export const closeReasons: Readonly<Record<keyof typeof closeCodes, string>> = {
  badFrame: "A frame that is no JSON object, or a bad hello",
  unauthenticated: "Not, or no longer, signed in",
  noHello: "No hello in time",
  frameTooLarge: "A frame over 16 KiB; over 64 KiB it is 1009",
  tooFast: "Too many frames or connections",
  tooSlow: "More than 256 KiB wait for this reader; or the connection just ends",
  restart: "The server restarts: reconnect and resume",
};
