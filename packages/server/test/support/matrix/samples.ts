import type { Contract } from "@jarvis/contract";
import { examples } from "@jarvis/contract/examples";
import { askersPassword, type Cast, messages } from "./cast.ts";

export type EndpointName = { [G in keyof Contract]: keyof Contract[G] }[keyof Contract];

/** A call that succeeds for whoever may make it. */
export interface Sample {
  readonly query?: string;
  body?(cast: Cast): unknown;
  /** The second thing that the path names. */
  readonly inner?: { usual(cast: Cast): string; self(cast: Cast): string };
  /** What the path says beside that. */
  readonly more?: Readonly<Record<string, string>>;
}

const me = (cast: Cast) => cast.me.id;
const guest = { usual: (cast: Cast) => cast.guest.id, self: me };
const pal = { usual: (cast: Cast) => cast.pal.id, self: me };
const asker = { usual: (cast: Cast) => cast.asker.id, self: me };
const option = { usual: (cast: Cast) => cast.option, self: (cast: Cast) => cast.option };
const message = { usual: () => String(messages.owners), self: () => String(messages.own) };
const image = () => Uint8Array.fromBase64(examples.photos.uploadPhoto.request.image);
const calendar = { usual: (cast: Cast) => cast.calendar, self: me };
const device = { usual: (cast: Cast) => cast.device, self: me };
const fix = () => ({ latitude: 1, longitude: "2.5" });

const credential = { id: "AAAA", rawId: "AAAA", type: "public-key", clientExtensionResults: {} };
const registration = { ...credential, response: { clientDataJSON: "e30", attestationObject: "AAAA" } };
const assertion = {
  ...credential,
  response: { clientDataJSON: "e30", authenticatorData: "AAAA", signature: "AAAA" },
};

/** Every endpoint of the contract: one that is missing here does not compile. */
export const samples: Readonly<Record<EndpointName, Sample>> = {
  createUser: {
    body: ({ missing }) => ({ email: `${missing}@example.org`, password: "correct horse", username: "New" }),
  },
  login: { body: (cast) => ({ email: cast.asker.email, password: askersPassword }) },
  searchUsers: { query: "q=nobody" },
  getUser: {},
  getSchedule: {},
  updateUser: { body: () => ({ locale: "de" }) },
  logout: {},
  requestFriend: { body: (cast) => ({ from: cast.me.id }) },
  getPresence: {},
  withdrawFriendRequest: {},
  listFriendRequests: {},
  answerFriendRequest: { inner: asker, body: () => ({ answer: "accept" }) },
  listFriends: { query: "expand=user" },
  removeFriend: { inner: asker },
  block: { inner: asker },
  unblock: { inner: asker },
  listBlocks: {},
  createEvent: { body: (cast) => ({ name: "Tea", duration: 60, people: [cast.guest.id] }) },
  getEvent: {},
  updateEvent: { body: () => ({ name: "Dinner" }) },
  cancelEvent: {},
  listEvents: {},
  addPeople: { body: (cast) => ({ people: [cast.asker.id] }) },
  removePerson: { inner: guest },
  setRole: { inner: guest, body: () => ({ role: "host" }) },
  setRsvp: { body: () => ({ status: "accepted" }) },
  setPlace: { body: fix },
  getAvailability: {},
  setAvailability: { body: () => ({ share: true, from: 4_000_000_000, to: 4_000_086_400 }) },
  listSuggestions: { query: "duration=3600&weekdays=mo,tu" },
  addOptions: { body: () => ({ options: [{ date: "9999-01-01" }, { start_time: 253_000_000_000 }] }) },
  getPoll: {},
  setPoll: { body: (cast) => ({ deadline: 253_000_000_000, hidden: true, required: [cast.guest.id] }) },
  removeOption: { inner: option },
  setVotes: { body: (cast) => ({ [cast.option]: "yes" }) },
  activate: { body: (cast) => ({ option: cast.option }) },
  getChat: {},
  sendMessage: { body: () => ({ text: "hi", client_id: "cell" }) },
  listMessages: { query: "after=0" },
  searchMessages: { query: "q=hi" },
  editMessage: { inner: message, body: () => ({ text: "edited" }) },
  deleteMessage: { inner: message },
  addReaction: { inner: message, more: { emoji: "👍" } },
  removeReaction: { inner: message, more: { emoji: "👍" } },
  pinMessage: { inner: message },
  unpinMessage: { inner: message },
  listPins: {},
  markRead: { body: () => ({ seq: 1 }) },
  uploadPhoto: { body: image },
  getPhoto: { query: "size=thumb" },
  addCalendar: {
    body: () => new Blob([examples.calendars.addCalendar.request.document], { type: "text/calendar" }),
  },
  listCalendars: {},
  refreshCalendar: { inner: calendar },
  removeCalendar: { inner: calendar },
  createDevice: { body: () => ({ name: "Phone" }) },
  listDevices: {},
  renameDevice: { inner: device, body: () => ({ name: "Other phone" }) },
  removeDevice: { inner: device },
  uploadLocation: { body: fix },
  getOwnLocation: {},
  setShare: { inner: pal, body: (cast) => ({ until: cast.inAnHour }) },
  endShare: { inner: pal },
  listShares: {},
  listLocationViews: { query: "limit=2" },
  uploadEventLocation: { body: fix },
  getSharing: {},
  setSharing: { body: () => ({ state: "on" }) },
  listLocations: {},
  getLocation: { inner: guest },
  getTrail: { inner: guest },
  getJourney: {},
  requestLocation: { body: (cast) => ({ user: cast.guest.id }) },
  listLocationRequests: {},
  answerLocationRequest: { inner: guest, body: () => ({ answer: "accept" }) },
  setStart: { body: fix },
  getStart: {},
  removeStart: {},
  getMeetingPoint: { query: "limit=3" },
  startSignIn: {},
  finishSignIn: {},
  finishGoogleConsent: {},
  passkeyRegisterOptions: {},
  passkeyRegister: { body: () => ({ credential: registration }) },
  passkeyLoginOptions: {},
  passkeyLogin: { body: () => ({ credential: assertion }) },
  addIdentity: { body: () => ({ jwt_token: "of.no.issuer" }) },
  changePassword: { body: () => ({ new: "correct horse battery" }) },
  listAccess: {},
  revokeAccess: { inner: { usual: (cast) => cast.me.session, self: me } },
  getFeed: {},
  createFeed: {},
  deleteFeed: {},
  readFeed: {},
  readFreeBusy: {},
  readEventCalendar: {},
  streamFrames: {},
  pollFrames: {},
  exportUser: {},
  eraseUser: {},
  health: {},
  ready: {},
};
