import { limits, locationWindow, type RateName, rates } from "@jarvis/contract";

/** Writes `docs/limits.md` from the contract: `node scripts/bun.mjs scripts/limits-doc.ts`. A test fails when it is stale. */
export const path = new URL("../docs/limits.md", import.meta.url).pathname;

type Unit = "bytes" | "count" | "characters" | "days" | "milliseconds" | "seconds";

/** What each limit is about. One that the contract adds and that is not here does not compile. */
const limitTexts: Readonly<Record<keyof typeof limits, readonly [text: string, unit: Unit, over: string]>> = {
  bodyBytes: ["JSON body of a call", "bytes", "413 `too_large`"],
  jsonDepth: ["How deep JSON may be nested", "count", "413 `too_large`"],
  arrayItems: ["Items of an array in a body", "count", "422 `limit_exceeded`"],
  textCodePoints: ["Chat message, description of an event", "characters", "422 `limit_exceeded`"],
  searchCodePoints: ["What is searched for in a chat", "characters", "422 `limit_exceeded`"],
  eventNameCodePoints: ["Name of an event or of a place", "characters", "422 `limit_exceeded`"],
  usernameCodePoints: ["Username", "characters", "422 `limit_exceeded`"],
  peoplePerEvent: ["People in one event, invitations included", "count", "422 `limit_exceeded`"],
  friends: ["Friends of one person", "count", "422 `limit_exceeded`"],
  clientIdLength: ["`client_id` of a message, printable ASCII", "characters", "422 `limit_exceeded`"],
  mentionsPerMessage: [
    "People whom one message names",
    "count",
    "422 `limit_exceeded`; names in the text beyond it count for nothing",
  ],
  emojiPerMessage: ["Different emoji on one message", "count", "422 `limit_exceeded`"],
  emojiPerPerson: ["Emoji of one person on one message", "count", "422 `limit_exceeded`"],
  pinsPerChat: ["Pinned messages of a chat", "count", "422 `limit_exceeded`"],
  pageDefault: ["Items of one page of a list, when nothing is asked for", "count", "there is a next page"],
  pageMax: ["Items of one page of a list, at most", "count", "400 `invalid_input`"],
  frameBytes: ["Frame from a client over the WebSocket", "bytes", "closed with 4413"],
  frameBytesAbrupt: ["Frame that is not even read", "bytes", "closed with 1009"],
  socketQueueBytes: ["What may wait for a slow reader", "bytes", "closed with 4503, or abruptly"],
  connectionsPerUser: [
    "WebSockets, event streams and long polls of one person, together",
    "count",
    "closed with 4429; 429",
  ],
  helloMs: ["Time for the first frame of a WebSocket", "milliseconds", "closed with 4408"],
  cursorStreams: [
    "Streams in the cursor of an event stream or poll",
    "count",
    "`reset` of the others on resume",
  ],
  pollFrames: ["Frames of one answer of a poll", "count", "the rest with the next"],
  watchedByStream: ["Events and friends that one event stream watches", "count", "422 `limit_exceeded`"],
  watchedPeople: ["Friends that one connection watches", "count", "`error` `limit_exceeded`"],
  entriesKept: ["Newest entries of a stream that are kept, whatever their age", "count", "`reset` on resume"],
  entriesKeptDays: ["How long every entry of a stream is kept", "days", "`reset` on resume"],
  rangeDays: ["Span of `from`–`to`", "days", "400 `invalid_input`"],
  durationMaxS: ["Length of an event", "seconds", "400 `invalid_input`"],
  passwordMin: ["Password, at least", "characters", "400 `invalid_input`"],
  passwordMax: ["Password, at most", "characters", "422 `limit_exceeded`"],
  photoBytes: ["Photo as it is sent", "bytes", "413 `too_large`"],
  photoPixels: ["Pixels of a photo as it is sent", "count", "422 `limit_exceeded`"],
  photoSide: ["Side of a photo as it is kept, in pixels", "count", "it is made smaller"],
  thumbnailSide: ["Side of its thumbnail, in pixels", "count", "it is made smaller"],
  photosPerEvent: ["Photos of one event", "count", "422 `limit_exceeded`"],
  photosPerMessage: ["Photos of one message", "count", "422 `limit_exceeded`"],
  suggestions: ["Suggested times of one answer, at most", "count", "400 `invalid_input`"],
  meetingPlaces: ["Places of one meeting point, at most", "count", "400 `invalid_input`"],
  hoursWindows: ["Windows of the setting `hours`", "count", "422 `limit_exceeded`"],
  travelBufferMaxS: ["Setting `travel_buffer`", "seconds", "400 `invalid_input`"],
  calendars: ["Calendars that one person connects", "count", "422 `limit_exceeded`"],
  calendarBytes: [
    "Calendar as it is sent, or read from an address",
    "bytes",
    "413 `too_large`; 400 for an address",
  ],
  calendarUrlLength: ["Address of a calendar", "characters", "422 `limit_exceeded`"],
  calendarNameCodePoints: ["Name of a calendar", "characters", "422 `limit_exceeded`"],
  devices: ["Phones of one person that report positions", "count", "422 `limit_exceeded`"],
  deviceNameCodePoints: ["Name of such a phone", "characters", "422 `limit_exceeded`"],
  ingestBytes: ["Body of a request to `/ingest/`", "bytes", "200, and nothing of it is taken"],
  ingestPoints: ["Points in one body at `/ingest/`", "count", "the newest count"],
  ingestPerSecond: [
    "Requests a second to `/ingest/` of one phone, in the long run",
    "count",
    "200: the newest point counts, and is on the disk within a second",
  ],
  ingestBurst: ["The same, at once", "count", "the same"],
  pollOptions: ["Options of one poll", "count", "422 `limit_exceeded`"],
  openShares: ["Friends to whom one person shows where they are", "count", "422 `limit_exceeded`"],
  shareMinS: ["How long that lasts, at least", "seconds", "400 `invalid_input`"],
  shareMaxS: ["How long that lasts, at most", "seconds", "400 `invalid_input`"],
  viewsKeptDays: ["How long it is kept who looked where somebody was", "days", "it is forgotten"],
  pollTallies: ["Tallies in one `poll` entry", "count", "it has none: fetch the poll"],
};

const rateTexts: Readonly<Record<RateName, string>> = {
  signIn: "Signing up and signing in. It slows an address down and never locks an account out",
  emailTaken: "Answers that admit that an address has an account (`email_taken`)",
  position: "Uploads of positions",
  chat: "Chat messages, edits included; reactions and pins",
  event: "Events created",
  friendRequest: "Friend requests",
  invitation: "People invited",
  invitationByEmail: "of those, by e-mail",
  rename: "Changes of the own name (`PATCH /user/<id>` with another `username`)",
  export: "Exports of all that is held about oneself",
  photo: "Photos uploaded",
  calendar: "Calendars connected, and read again by hand",
  poll: "Changes of polls: options, settings, votes, fixing the time",
  search: "Searches, for people and in chats",
  suggestions: "Suggestions of times",
  device: "Phones that report positions, made",
  deviceToken: "Wrong credentials at `/ingest/`; a right one is always taken",
  meetingPoint: "Meeting points",
  calendarSecret: "Wrong secrets at `/dav/`",
  dav: "Requests to `/dav/`",
  feed: "Fetches of one calendar, or of its busy times",
  feedAddress: "The same, with whatever secret",
};

export function limitsDocument(): string {
  const { beforeMs, afterMs } = locationWindow;
  return `<!-- Written by scripts/limits-doc.ts from packages/contract/src/limits.ts: change it there. -->
# Limits and rates

Every server of this version enforces them before it does the work; what is over a limit is not stored. Clients find
the same numbers as values in \`@jarvis/contract\`.

## Limits

| limit | name | value | beyond it |
| --- | --- | --- | --- |
${Object.entries(limitTexts).map(limitRow).join("\n")}

Lengths of names and texts count Unicode code points, so that an emoji is one character; those of passwords count
UTF-16 code units. A frame on a socket is refused with an
\`error\` frame of the code that a call would answer.

## Rates

Beyond a rate a call answers \`429 too_many_requests\` with \`Retry-After\`, \`RateLimit\` and \`RateLimit-Policy\`.
They are counted for each signed-in person, or for each address where nobody is signed in.
\`JARVIS_RATE_LIMITS=off\` turns them off, for benchmarks.

| what | name | at most | counted by |
| --- | --- | --- | --- |
${Object.entries(rateTexts).map(rateRow).join("\n")}

Photos are decoded two at a time; of one person 4 may be under way at once and of all 32, then an upload answers
\`503 unavailable\`. Of calendars that are sent or fetched it is 2 and 32. When all places are taken, a body that is still
arriving makes room for a person with fewer, and after ten seconds for anybody: it is answered \`503 unavailable\`.

Passwords are hashed two at a time; 50 more may wait, then sign-in answers \`503 unavailable\`.

## Location window

Locations of an event are readable from ${beforeMs / 60_000} minutes before its start to ${afterMs / 60_000} minutes after its end, and only as far
as each person's consent reaches. Within a minute after the window they are deleted.
`;
}

function limitRow([name, [text, unit, over]]: [string, readonly [string, Unit, string]]): string {
  const value = limits[name as keyof typeof limits]; // a key of limitTexts
  return `| ${text} | \`${name}\` | ${quantity(value, unit)} | ${over} |`;
}

function quantity(value: number, unit: Unit): string {
  if (unit === "bytes") return `${value / 1_024} KiB`;
  if (unit === "milliseconds") return `${value / 1_000} s`;
  if (unit === "seconds") return value % 86_400 === 0 ? `${value / 86_400} days` : `${value} s`;
  const number = value.toLocaleString("en-US");
  return unit === "count" ? number : `${number} ${unit}`;
}

function rateRow([name, text]: [string, string]): string {
  const { points, seconds, by } = rates[name as RateName]; // a key of rateTexts
  const each = by === "user" ? "person" : by;
  return `| ${text} | \`${name}\` | ${points} in ${span(seconds)} | ${each} |`;
}

function span(seconds: number): string {
  if (seconds % 86_400 === 0) return seconds === 86_400 ? "a day" : `${seconds / 86_400} days`;
  if (seconds % 3_600 === 0) return seconds === 3_600 ? "an hour" : `${seconds / 3_600} hours`;
  return seconds === 60 ? "a minute" : `${seconds} s`;
}

if (import.meta.main) await Bun.write(path, limitsDocument());
