/** Limits that every server of this contract enforces before it does the work (`413`, `422 limit_exceeded`). */
export const limits = {
  bodyBytes: 64 * 1024,
  jsonDepth: 32,
  arrayItems: 1_000,
  textCodePoints: 4_000,
  searchCodePoints: 200,
  eventNameCodePoints: 200,
  usernameCodePoints: 64,
  peoplePerEvent: 1_000,
  friends: 5_000,
  clientIdLength: 64,
  mentionsPerMessage: 50,
  emojiPerMessage: 20,
  emojiPerPerson: 5,
  pinsPerChat: 50,
  pageDefault: 50,
  pageMax: 200,
  frameBytes: 16 * 1024,
  frameBytesAbrupt: 64 * 1024,
  socketQueueBytes: 256 * 1024,
  connectionsPerUser: 10,
  helloMs: 5_000,
  cursorStreams: 500,
  pollFrames: 500,
  watchedByStream: 50,
  watchedPeople: 200,
  entriesKept: 1_000,
  entriesKeptDays: 7,
  rangeDays: 400,
  durationMaxS: 31 * 24 * 60 * 60,
  passwordMin: 8,
  passwordMax: 256,
  photoBytes: 10 * 1024 * 1024,
  photoPixels: 50_000_000,
  photoSide: 4_096,
  thumbnailSide: 320,
  photosPerEvent: 1_000,
  photosPerMessage: 10,
  suggestions: 50,
  meetingPlaces: 10,
  hoursWindows: 14,
  travelBufferMaxS: 4 * 60 * 60,
  calendars: 20,
  calendarBytes: 1_024 * 1_024,
  calendarUrlLength: 2_000,
  calendarNameCodePoints: 100,
  devices: 20,
  deviceNameCodePoints: 64,
  ingestBytes: 1_024 * 1_024,
  ingestPoints: 1_000,
  ingestPerSecond: 10,
  ingestBurst: 600,
  pollOptions: 200,
  pollTallies: 50,
  openShares: 200,
  shareMinS: 15 * 60,
  shareMaxS: 8 * 60 * 60,
  viewsKeptDays: 30,
} as const;

/** The location window of an event: from 60 minutes before its start to 15 minutes after its end. */
export const locationWindow = { beforeMs: 60 * 60_000, afterMs: 15 * 60_000 } as const;

/** Rates: `points` in `seconds`, counted for each user, network address, or secret in an address of a calendar. */
export const rates = {
  signIn: { points: 10, seconds: 60, by: "address" },
  emailTaken: { points: 5, seconds: 3_600, by: "address" },
  /** One a second; two more, because a client that keeps to it still shifts by one across a window. */
  position: { points: 12, seconds: 10, by: "user" },
  chat: { points: 20, seconds: 2, by: "user" },
  friendRequest: { points: 20, seconds: 3_600, by: "user" },
  invitation: { points: 100, seconds: 86_400, by: "user" },
  invitationByEmail: { points: 20, seconds: 86_400, by: "user" },
  event: { points: 1_000, seconds: 86_400, by: "user" },
  /** Each is an entry on the streams of all friends and events. */
  rename: { points: 10, seconds: 86_400, by: "user" },
  export: { points: 10, seconds: 3_600, by: "user" },
  photo: { points: 100, seconds: 3_600, by: "user" },
  calendar: { points: 20, seconds: 3_600, by: "user" },
  device: { points: 20, seconds: 3_600, by: "user" },
  search: { points: 60, seconds: 60, by: "user" },
  suggestions: { points: 60, seconds: 3_600, by: "user" },
  meetingPoint: { points: 60, seconds: 3_600, by: "user" },
  /** Each is an entry for everybody in the event. */
  poll: { points: 300, seconds: 60, by: "user" },
  /** Wrong ones. */
  calendarSecret: { points: 10, seconds: 60, by: "address" },
  /** Wrong ones; a right one is always taken. */
  deviceToken: { points: 60, seconds: 60, by: "address" },
  /** A first synchronisation takes a dozen; a person has several devices. */
  dav: { points: 300, seconds: 300, by: "user" },
  feed: { points: 60, seconds: 3_600, by: "secret" },
  /** Services that read calendars for many people come from few addresses. */
  feedAddress: { points: 3_600, seconds: 3_600, by: "address" },
} as const satisfies Record<string, { points: number; seconds: number; by: "user" | "address" | "secret" }>;

export type RateName = keyof typeof rates;
