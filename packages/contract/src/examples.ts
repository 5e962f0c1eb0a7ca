import type { Contract } from "./index.ts";
import type { ExamplesOf } from "./example.ts";
import { accessExamples } from "./examples/access.ts";
import { accountsExamples } from "./examples/accounts.ts";
import { calendarsExamples } from "./examples/calendars.ts";
import { chatExamples } from "./examples/chat.ts";
import { devicesExamples } from "./examples/devices.ts";
import { eventsExamples } from "./examples/events.ts";
import { feedsExamples } from "./examples/feeds.ts";
import { friendsExamples } from "./examples/friends.ts";
import { entryExamples, frameExamples } from "./examples/frames.ts";
import { locationExamples } from "./examples/location.ts";
import { meetingExamples } from "./examples/meeting.ts";
import { operationsExamples } from "./examples/operations.ts";
import { photosExamples } from "./examples/photos.ts";
import { pollsExamples } from "./examples/polls.ts";
import { privacyExamples } from "./examples/privacy.ts";
import { scheduleExamples } from "./examples/schedule.ts";
import { streamsExamples } from "./examples/streams.ts";

export { bobsToken, ids, nowMs, token } from "./examples/cast.ts";

export { entryExamples, frameExamples };

/** An example of every call, by feature and name, as in `contract`. A test makes each of them to a real server. */
export const examples: { readonly [F in keyof Contract]: ExamplesOf<Contract[F]> } = {
  accounts: accountsExamples,
  access: accessExamples,
  friends: friendsExamples,
  events: eventsExamples,
  schedule: scheduleExamples,
  polls: pollsExamples,
  chat: chatExamples,
  photos: photosExamples,
  calendars: calendarsExamples,
  location: locationExamples,
  devices: devicesExamples,
  meeting: meetingExamples,
  feeds: feedsExamples,
  streams: streamsExamples,
  privacy: privacyExamples,
  operations: operationsExamples,
};
