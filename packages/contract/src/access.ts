import type { ErrorCode } from "./errors.ts";

/**
 * How somebody may stand to what they ask for. In an event: `invited` to `owner`, `removed` and `readded`; `blocked` and
 * `blocker` have accepted, and a block lies between them and its owner; `friend` (of the owner), `fellow` (takes part in
 * another event with the owner) and `stranger` do not take part. `anonymous`, `logged_out` and `erased` are nobody.
 */
export const personas = [
  "anonymous",
  "logged_out",
  "erased",
  "stranger",
  "friend",
  "fellow",
  "invited",
  "maybe",
  "declined",
  "accepted",
  "host",
  "owner",
  "removed",
  "readded",
  "blocked",
  "blocker",
] as const;
export type Persona = (typeof personas)[number];

export type Outcome = "ok" | ErrorCode;
/** What each persona gets. */
export type Row = Readonly<Record<Persona, Outcome>>;

/**
 * Who gets what of an endpoint or a frame, written down beside it and looked up by the tests, independently of what the
 * server does. The first id of the path (or of a frame) names what a call is `about`:
 * for a photo, one that a message of the event shows; for a poll, an event without a time, whose poll is open.
 */
export interface Access {
  /** The same in a sentence, for the documentation. */
  readonly who: string;
  readonly about: "nothing" | "person" | "event" | "photo" | "poll";
  /** Of the caller themselves, or of the event in which they stand as the persona says. */
  readonly own: Row;
  /** The same, while the event's location window is still closed; of a poll, once the event has a time. */
  readonly early: Row;
  /** The same, once the event is cancelled. */
  readonly cancelled: Row;
  /** Of somebody to whom they stand as the persona says (the event's owner), or of an event of strangers. */
  readonly another: Row;
  /** Of an id that nothing has. */
  readonly missing: Row;
  /** Of what cannot be an id. */
  readonly malformed: Row;
  /** Where the path names a second thing, inside an event or for the caller, that is not the usual one. */
  readonly inner?: InnerRows;
  /** Of one occurrence of a series in which they stand as the persona says, where it is not as of an event by itself. */
  readonly occurrence?: OccurrenceRows;
}

export interface OccurrenceRows {
  readonly own: Row;
  readonly early: Row;
  readonly cancelled: Row;
  readonly inner?: InnerRows;
}

export interface InnerRows {
  /** The caller, or something of the caller's. */
  readonly self: Row;
  readonly missing: Row;
  readonly malformed: Row;
}

const nobody = {
  anonymous: "unauthenticated",
  logged_out: "unauthenticated",
  erased: "unauthenticated",
} as const;

type Somebody = Exclude<Persona, keyof typeof nobody>;
const participantNames = [
  "invited",
  "maybe",
  "accepted",
  "host",
  "owner",
  "readded",
  "blocked",
  "blocker",
] as const satisfies Somebody[];
const acceptedNames = [
  "accepted",
  "host",
  "owner",
  "readded",
  "blocked",
  "blocker",
] as const satisfies Somebody[];
const acquaintedNames = [
  "friend",
  "fellow",
  "invited",
  "maybe",
  "accepted",
  "host",
  "owner",
  "readded",
] as const satisfies Somebody[];

/** The same for everybody who is signed in. */
function everybody(outcome: Outcome): Row {
  const rest = personas.map((persona) => [persona, outcome]);
  return { ...(Object.fromEntries(rest) as Row), ...nobody }; // one entry for each persona
}

function sameForAll(outcome: Outcome): Row {
  return { ...everybody(outcome), anonymous: outcome, logged_out: outcome, erased: outcome };
}

function only(names: readonly Somebody[], outcome: Outcome, others: Row): Row {
  return { ...others, ...Object.fromEntries(names.map((name) => [name, outcome])) };
}

const hidden = everybody("not_found");
const allowed = everybody("ok");
const open = sameForAll("ok");

/** Of those who see the event, only these; the others who see it are told that they may not. */
function amongParticipants(names: readonly Somebody[], outcome: Outcome = "ok"): Row {
  return only(names, outcome, only(participantNames, "forbidden", hidden));
}

const takesPart = only(participantNames, "ok", hidden);
const changes = amongParticipants(["host", "owner"]);
const refused = amongParticipants([]);
const owns = amongParticipants(["owner"]);
const going = amongParticipants(acceptedNames);
const tooEarly = amongParticipants(acceptedNames, "outside_window");
const seesThem = only(acquaintedNames, "ok", hidden);
const mayNotActForThem = only(acquaintedNames, "forbidden", hidden);

function ofEvent(who: string, own: Row, more: Partial<Access> = {}): Access {
  const away = { another: hidden, missing: hidden, malformed: hidden };
  return { who, about: "event", own, early: own, cancelled: own, ...away, ...more };
}

function ofPerson(who: string, own: Row, another: Row, more: Partial<Access> = {}): Access {
  const always = { own, early: own, cancelled: own };
  return { who, about: "person", ...always, another, missing: hidden, malformed: hidden, ...more };
}

function ofNothing(who: string, row: Row): Access {
  const always = { own: row, early: row, cancelled: row };
  return { who, about: "nothing", ...always, another: row, missing: row, malformed: row };
}

export const anybody = ofNothing("For anybody, signed in or not.", open);
export const signedIn = ofNothing("For whoever is signed in.", allowed);

/** An issuer that a browser may sign in with. The tests' servers have none, so there is none to be found. */
export const browsers = ofNothing(
  "For anybody, in a browser, where the issuer is set up.",
  sameForAll("not_found"),
);
/** The tests have none, so there is nothing to be found. */
export const secretHolders = ofNothing("For whoever has the address.", sameForAll("not_found"));
/** The tests bring a credential that proves nothing. */
export const provenCredential = ofNothing(
  "For whoever is signed in, with a credential that proves itself.",
  everybody("invalid_input"),
);
export const provenPasskey = ofNothing("For whoever holds a passkey.", sameForAll("unauthenticated"));

/** The id says who acts, so it must be the caller's own. */
export const selfOnly = ofPerson("For the caller's own account alone.", allowed, mayNotActForThem);
/** The tests' friend is shown where the person is. */
export const selfOrSharer = ofPerson(
  "For the caller's own account, and of a friend who shows the caller where they are.",
  allowed,
  only(["friend"], "ok", hidden),
);
export const acquainted = ofPerson(
  "For oneself, of a friend, or of somebody in one event with the caller, unless blocked.",
  allowed,
  seesThem,
);
export const askable = ofPerson(
  "For whoever is signed in, of anybody; being blocked does not show.",
  everybody("invalid_input"),
  only(["friend"], "already_friends", allowed),
);
export const alwaysDone = ofPerson(
  "For whoever is signed in, of anybody: whether there was anything to take back is nobody else's business.",
  allowed,
  allowed,
  { missing: allowed, malformed: allowed },
);

/** The tests bring a token of no issuer. */
export const selfWithIdentity = ofPerson(
  "For the caller's own account alone, with a token that proves another identity.",
  everybody("unauthenticated"),
  mayNotActForThem,
);
export const selfAboutOwn: Access = {
  ...selfOnly,
  who: "For the caller's own account alone, about what acts for it.",
  inner: { self: hidden, missing: hidden, malformed: hidden },
};
/** The tests bring a file, which cannot be read again. */
export const selfAboutOwnFile: Access = {
  ...selfAboutOwn,
  own: everybody("unsupported"),
  early: everybody("unsupported"),
  cancelled: everybody("unsupported"),
};
export const selfAboutAnybody: Access = {
  ...selfOnly,
  who: "For the caller's own account alone, about anybody.",
  inner: { self: allowed, missing: allowed, malformed: allowed },
};
export const selfAboutSomebody: Access = {
  ...selfOnly,
  who: "For the caller's own account alone, about another person.",
  inner: { self: everybody("invalid_input"), missing: hidden, malformed: hidden },
};
export const selfAboutFriend: Access = {
  ...selfOnly,
  who: "For the caller's own account alone, about a friend.",
  inner: { self: hidden, missing: hidden, malformed: hidden },
};
export const selfAboutAsker: Access = {
  ...selfOnly,
  who: "For the caller's own account alone, about somebody who has asked.",
  inner: { self: hidden, missing: hidden, malformed: hidden },
};

function ofOccurrence(own: Row, cancelled = own, inner?: InnerRows): { occurrence: OccurrenceRows } {
  return { occurrence: { own, early: own, cancelled, ...(inner === undefined ? {} : { inner }) } };
}
/** Chat is the series' alone: an occurrence has none to be found. */
const noChat = ofOccurrence(hidden);
const seriesOnly = amongParticipants(participantNames, "unsupported");
const seriesOnlyForHosts = amongParticipants(["host", "owner"], "unsupported");
const inSeriesOnly = { self: seriesOnly, missing: seriesOnly, malformed: seriesOnly };

/** A cancelled event is kept to be read and talked about. */
export const participants = ofEvent(
  "For whoever takes part in the event: invited included, declined not.",
  takesPart,
);
export const chatParticipants: Access = { ...participants, ...noChat };
/** Photos are the series'. */
export const uploaders: Access = { ...participants, ...ofOccurrence(seriesOnly) };
export const participantsUntilCancelled = ofEvent(
  "For whoever takes part in the event, until it is cancelled.",
  takesPart,
  { cancelled: refused },
);
/** Its uploader may see it too, and of the messages that show it at least one has to be the reader's to read. */
export const photoViewers: Access = {
  ...participants,
  about: "photo",
  who: "For whoever uploaded it, and for whoever may read a message that shows it.",
};
export const hosts = ofEvent("For the event's owner and hosts, until it is cancelled.", changes, {
  cancelled: refused,
});
/** People are the series', and so is who is invited. */
export const inviters: Access = { ...hosts, ...ofOccurrence(seriesOnlyForHosts, refused) };
export const ownerOnly = ofEvent("For the event's owner.", owns);
export const ownerAboutPerson = ofEvent(
  "For the event's owner, about another person in it, until it is cancelled.",
  owns,
  {
    cancelled: refused,
    inner: { self: refused, missing: hidden, malformed: hidden },
    ...ofOccurrence(seriesOnly, seriesOnly, inSeriesOnly),
  },
);
export const removers = ofEvent(
  "For the event's owner and hosts until it is cancelled, about people in it; for everybody but the owner about themselves.",
  changes,
  {
    cancelled: refused,
    inner: { self: only(["owner"], "forbidden", takesPart), missing: hidden, malformed: hidden },
    ...ofOccurrence(seriesOnly, seriesOnly, inSeriesOnly),
  },
);
export const invitees = ofEvent(
  "For whoever was invited and not removed by others, even after declining, until the event is cancelled.",
  only(["declined"], "ok", takesPart),
  // Whoever has declined the series goes back to it before they answer one of its occurrences.
  { cancelled: only(["declined"], "forbidden", refused), ...ofOccurrence(takesPart, refused) },
);

export const participantsAboutMessage: Access = {
  ...chatParticipants,
  who: "For whoever takes part in the event, about a message that they may read.",
  inner: { self: takesPart, missing: hidden, malformed: hidden },
};
export const authorOnly = ofEvent("For the message's author, who takes part in the event.", owns, {
  inner: { self: takesPart, missing: hidden, malformed: hidden },
  ...noChat,
});
export const authorAndHosts = ofEvent("For the message's author and the event's owner and hosts.", changes, {
  inner: { self: takesPart, missing: hidden, malformed: hidden },
  ...noChat,
});

export const acceptedUntilEnd = ofEvent(
  "For whoever has accepted, until the event's location window ends.",
  going,
  { cancelled: tooEarly },
);
export const acceptedInWindow = ofEvent(
  "For whoever has accepted, inside the event's location window.",
  going,
  { early: tooEarly, cancelled: tooEarly },
);
const noSuchSharer = amongParticipants(acceptedNames, "not_found");
export const acceptedAboutSharer: Access = {
  ...acceptedInWindow,
  who: "For whoever has accepted, inside the event's location window, about a person who shares with them.",
  inner: { self: noSuchSharer, missing: noSuchSharer, malformed: noSuchSharer },
};
export const acceptedUntilCancelled = ofEvent(
  "For whoever has accepted, until the event is cancelled.",
  going,
  { cancelled: refused },
);
export const acceptedAboutAsker: Access = {
  ...acceptedUntilEnd,
  who: "For whoever has accepted, about somebody who has asked them.",
  inner: { self: hidden, missing: hidden, malformed: hidden },
};

/** A rule gives a series its times: there is no poll of it or of its occurrences. */
export const pollReaders: Access = { ...participants, about: "poll", ...ofOccurrence(seriesOnly) };
export const pollSetters: Access = { ...inviters, about: "poll" };
export const pollVoters: Access = {
  ...pollReaders,
  who: "For whoever takes part in the event, while its poll is open.",
  early: refused,
  cancelled: refused,
};
export const pollHosts: Access = {
  ...pollSetters,
  who: "For the event's owner and hosts, while it has no time and is not cancelled.",
  early: refused,
};
const noSuchOption = amongParticipants(["host", "owner"], "not_found");
export const pollHostsAboutOption: Access = {
  ...pollHosts,
  who: "For the event's owner and hosts, while its poll is open.",
  inner: { self: changes, missing: noSuchOption, malformed: noSuchOption },
  ...ofOccurrence(seriesOnlyForHosts, refused, {
    self: seriesOnlyForHosts,
    missing: seriesOnlyForHosts,
    malformed: seriesOnlyForHosts,
  }),
};

/** A frame that takes back what the connection itself asked for: it tells nothing, so nothing is refused. */
export const ofConnection: Access = {
  ...ofEvent("For whoever is signed in.", allowed),
  another: allowed,
  missing: allowed,
  malformed: allowed,
};
