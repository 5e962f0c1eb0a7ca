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
 * server does. The first id of the path (or of a frame) names what a call is `about`.
 */
export interface Access {
  readonly about: "nothing" | "person" | "event";
  /** Of the caller themselves, or of the event in which they stand as the persona says. */
  readonly own: Row;
  /** The same, while the event's location window is still closed. */
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

function only(names: readonly Somebody[], outcome: Outcome, others: Row): Row {
  return { ...others, ...Object.fromEntries(names.map((name) => [name, outcome])) };
}

const hidden = everybody("not_found");
const allowed = everybody("ok");
const open: Row = { ...allowed, anonymous: "ok", logged_out: "ok", erased: "ok" };

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

function ofEvent(own: Row, more: Partial<Access> = {}): Access {
  const away = { another: hidden, missing: hidden, malformed: hidden };
  return { about: "event", own, early: own, cancelled: own, ...away, ...more };
}

function ofPerson(own: Row, another: Row, more: Partial<Access> = {}): Access {
  return {
    about: "person",
    own,
    early: own,
    cancelled: own,
    another,
    missing: hidden,
    malformed: hidden,
    ...more,
  };
}

function ofNothing(row: Row): Access {
  const about = { own: row, early: row, cancelled: row };
  return { about: "nothing", ...about, another: row, missing: row, malformed: row };
}

/** Signed in or not. */
export const anybody = ofNothing(open);
/** Whoever is signed in. */
export const signedIn = ofNothing(allowed);

/** The id says who acts, so it must be the caller's own. */
export const selfOnly = ofPerson(allowed, mayNotActForThem);
/** Oneself, a friend, or somebody in one event with the caller, unless blocked. */
export const acquainted = ofPerson(allowed, seesThem);
/** Whoever is there can be asked, once; being blocked does not show. */
export const askable = ofPerson(everybody("invalid_input"), only(["friend"], "already_friends", allowed));
/** Always done: whether there was anything to take back is nobody else's business. */
export const alwaysDone = ofPerson(allowed, allowed, { missing: allowed, malformed: allowed });

/** For oneself, about another person who may be anybody, or nobody. */
export const selfAboutAnybody: Access = {
  ...selfOnly,
  inner: { self: allowed, missing: allowed, malformed: allowed },
};
/** For oneself, about another person who is there. */
export const selfAboutSomebody: Access = {
  ...selfOnly,
  inner: { self: everybody("invalid_input"), missing: hidden, malformed: hidden },
};
/** For oneself, about somebody who has asked. */
export const selfAboutAsker: Access = {
  ...selfOnly,
  inner: { self: hidden, missing: hidden, malformed: hidden },
};

/** Who is in the event, invited included, declined not; a cancelled one too. */
export const participants = ofEvent(takesPart);
/** Owner and hosts, until the event is cancelled. */
export const hosts = ofEvent(changes, { cancelled: refused });
/** The owner, at any time. */
export const ownerOnly = ofEvent(owns);
/** The owner, about one person in the event, until it is cancelled. */
export const ownerAboutPerson = ofEvent(owns, {
  cancelled: refused,
  inner: { self: refused, missing: hidden, malformed: hidden },
});
/** Owner and hosts remove people; everybody but the owner may leave. */
export const removers = ofEvent(changes, {
  cancelled: refused,
  inner: { self: only(["owner"], "forbidden", takesPart), missing: hidden, malformed: hidden },
});
/** Whoever was invited and not removed by others, even after declining. */
export const invitees = ofEvent(only(["declined"], "ok", takesPart), {
  cancelled: only(["declined"], "forbidden", refused),
});

/** A message: its author alone. */
export const authorOnly = ofEvent(owns, { inner: { self: takesPart, missing: hidden, malformed: hidden } });
/** A message: its author, owner and hosts. */
export const authorAndHosts = ofEvent(changes, {
  inner: { self: takesPart, missing: hidden, malformed: hidden },
});

/** Who accepted, while the window is to come or open. */
export const acceptedUntilEnd = ofEvent(going, { cancelled: tooEarly });
/** Who accepted, inside the window. */
export const acceptedInWindow = ofEvent(going, { early: tooEarly, cancelled: tooEarly });
/** Who accepted, inside the window, about a person who shares. */
export const acceptedAboutSharer: Access = {
  ...acceptedInWindow,
  inner: {
    self: amongParticipants(acceptedNames, "not_found"),
    missing: amongParticipants(acceptedNames, "not_found"),
    malformed: amongParticipants(acceptedNames, "not_found"),
  },
};
/** Who accepted asks somebody, until the event is cancelled. */
export const acceptedUntilCancelled = ofEvent(going, { cancelled: refused });
/** Who accepted answers somebody who has asked. */
export const acceptedAboutAsker: Access = {
  ...acceptedUntilEnd,
  inner: { self: hidden, missing: hidden, malformed: hidden },
};

/** A frame that is about what the connection itself has asked for: it tells nothing, so nothing is refused. */
export const ofConnection: Access = {
  ...ofEvent(allowed),
  another: allowed,
  missing: allowed,
  malformed: allowed,
};
