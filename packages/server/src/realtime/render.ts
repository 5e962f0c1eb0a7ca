import { type EventId, eventStream, type Message, type Person, type UserId } from "@jarvis/contract";
import { messagesBySeq } from "../chat/messages.ts";
import { withoutClientId } from "../chat/rules.ts";
import { absenteesOf, deletedOf, namesOf, peopleOf } from "../chat/service.ts";
import type { Context } from "../context.ts";
import { findEventCore, readableEvents } from "../events/service.ts";
import { blockedOf } from "../friends/relations.ts";
import { renderPollEntries } from "../polls/entries.ts";
import type { Hearing } from "../location/service.ts";
import { headsOf } from "../streams/service.ts";
import { readersOfTravel } from "../travel/entries.ts";

type Data = Record<string, unknown>;

/** An entry as it is stored and announced: with references only. */
export interface Entry {
  readonly stream: string;
  readonly seq: number;
  readonly kind: string;
  readonly data: Data;
  readonly at_ms: number;
  readonly rendered?: Data | undefined;
}

/** An entry as it is delivered. `null` stands for a `skip`: the entry is not theirs. */
export interface Rendered {
  readonly data: Data | null;
  /** What some people get in its place. */
  readonly instead?: ReadonlyMap<UserId, Data | null>;
  /** The event whose stream is open to the reader from now on, and where that stream stood at this moment. */
  readonly opens?: { event: EventId; head: number };
  /** False once it has to be rendered anew: what it shows, or to whom, may not be so any more. */
  readonly stands?: () => boolean;
}

const openingKinds = new Set(["invited", "event_created"]);
const messageKinds = new Set(["message", "message_edited", "message_deleted"]);
/** What was put on a message, whose number is their `seq`. */
const markKinds = new Set(["reaction", "pin"]);

export function isAboutMessage({ kind }: Entry): boolean {
  return messageKinds.has(kind) || markKinds.has(kind);
}

/** For a frequent entry, whatever its writer had at hand is enough: delivery then waits for nothing. */
export function renderAtOnce(entry: Entry): Rendered | undefined {
  const { kind, data, rendered } = entry;
  if (kind === "message" && rendered !== undefined) return ofMessage(rendered["message"] as Message); // sendMessage's own
  if (kind === "location_request") return ofPair(data);
  if (kind === "removed" || kind === "profile" || kind === "share") return { data };
  if (messageKinds.has(kind) || openingKinds.has(kind) || rendered === undefined) return undefined;
  return { data: rendered };
}

/** References were written by this server as strings under these names. */
function userIn(data: Data, name: string): UserId {
  return String(data[name]) as UserId;
}

function eventIn(data: Data): EventId {
  return String(data["event"]) as EventId;
}

function ofMessage(message: Message): Rendered {
  if (message.client_id === undefined || message.author === null) return { data: { message } };
  const instead = new Map([[message.author.id as UserId, { message }]]);
  return { data: { message: withoutClientId(message) }, instead };
}

/** Between two people, or for one of them alone: nobody else learns of it. */
function ofPair({ only, ...data }: Data): Rendered {
  const users = typeof only === "string" ? [only as UserId] : [userIn(data, "from"), userIn(data, "to")];
  return { data: null, instead: new Map(users.map((user) => [user, data])) };
}

/** What one person alone sees; a `skip` for the others. */
function ofOne(facts: Facts, entry: Entry): Rendered {
  const { only, ...data } = entry.data;
  const told = renderFrom(facts, { ...entry, data }).data;
  return { data: null, instead: new Map([[only as UserId, told]]) }; // written as an id by this server
}

function renderTravel({ travel }: Facts, { seq, data }: Entry): Rendered {
  const hearing = travel.get(seq);
  if (hearing === undefined) return { data: null };
  const { users, stands } = hearing;
  return { data: null, instead: new Map(users.map((user) => [user, data])), stands };
}

/** Renders entries of one stream from the present state, with one look-up for all of a kind. */
export async function renderAll(ctx: Context, entries: readonly Entry[]): Promise<Rendered[]> {
  const facts = await gather(ctx, entries);
  return entries.map((entry) => renderAtOnce(entry) ?? renderFrom(facts, entry));
}

interface Facts {
  messages: Map<number, Message>;
  /** Of the messages that something was put on: what is gone with them is not told any more. */
  deleted: Set<number>;
  absentees: Map<number, UserId[]>;
  people: Map<UserId, Person>;
  names: Map<UserId, string>;
  /** Of the stream's event, and of its occurrences where entries name them. */
  cores: Map<string, Data>;
  /** From whom what somebody does is hidden: whoever has blocked them, or is blocked by them. */
  blocked: Map<UserId, UserId[]>;
  /** What of polls is told, by entry; null: with a later one. */
  polls: Map<number, Data | null>;
  /** Who is told how somebody gets there, by entry. */
  travel: Map<number, Hearing>;
  /** Where the streams of events stand that have been opened to the reader and still are. */
  heads: Map<EventId, number>;
}

async function gather(ctx: Context, entries: readonly Entry[]): Promise<Facts> {
  const sql = ctx.db.read;
  const event = eventOf(entries);
  const seqs = seqsOf(entries.filter(({ kind }) => messageKinds.has(kind)));
  const changed = seqsOf(entries.filter((entry) => isAboutMessage(entry) && entry.kind !== "message"));
  const marked = seqsOf(entries.filter(({ kind }) => markKinds.has(kind)));
  const sharers = entries.flatMap(({ kind, data }) => (kind === "sharing" ? idsIn(data, ["user"]) : []));
  const blocked = new Map<UserId, UserId[]>();
  for (const user of new Set(sharers)) blocked.set(user, await blockedOf(sql, user));
  const members = entries.flatMap(({ kind, data }) => (kind === "people" ? idsIn(data, ["user"]) : []));
  const polled = entries.filter(({ kind }) => kind === "poll");
  const travelled = entries.filter(({ kind }) => kind === "travel");
  const named = entries.flatMap(({ kind, data }) =>
    markKinds.has(kind) || kind === "travel" ? [] : idsIn(data, ["user", "from", "to"]),
  );
  return {
    messages: seqs.length === 0 ? new Map() : await messagesBySeq(sql, event, seqs),
    deleted: marked.length === 0 ? new Set() : await deletedOf(sql, event, marked),
    absentees: changed.length === 0 ? new Map() : await absenteesOf(sql, event, changed),
    blocked,
    people: members.length === 0 ? new Map() : await peopleOf(sql, event, members),
    names: named.length === 0 ? new Map() : await namesOf(sql, named),
    cores: await coresOf(ctx, event, entries),
    polls: polled.length === 0 ? new Map() : await renderPollEntries(sql, event, polled),
    heads: await openedHeads(ctx, entries),
    // The last of all: who may be told is asked as late as can be.
    travel: travelled.length === 0 ? new Map() : await readersOfTravel(ctx, event, travelled),
  };
}

function seqsOf(entries: readonly Entry[]): number[] {
  return [...new Set(entries.map(({ data }) => Number(data["seq"])))];
}

/** One that has been deleted since is missing: with an event went everybody who could have read this. */
async function coresOf(ctx: Context, event: EventId, entries: readonly Entry[]): Promise<Map<string, Data>> {
  const cores = new Map<string, Data>();
  const changed = entries.flatMap(({ kind, data }) => (kind === "event" ? [changedIn(data, event)] : []));
  for (const id of new Set(changed)) {
    const core = await findEventCore(ctx, id);
    if (core !== undefined) cores.set(id, core);
  }
  return cores;
}

/** The occurrence that an entry names, or the event of its stream. */
function changedIn(data: Data, event: EventId): EventId {
  return data["event"] === undefined ? event : eventIn(data);
}

async function openedHeads(ctx: Context, entries: readonly Entry[]): Promise<Map<EventId, number>> {
  const opened = entries.filter(({ kind }) => openingKinds.has(kind)).map(({ data }) => eventIn(data));
  if (opened.length === 0) return new Map();
  const readable = new Set(await readableEvents(ctx.db.read, userOf(entries)));
  const events = opened.filter((event) => readable.has(event));
  const heads = await headsOf(ctx.db.read, events.map(eventStream));
  return new Map(events.map((event) => [event, heads.get(eventStream(event))?.last_seq ?? 0]));
}

function userOf(entries: readonly Entry[]): UserId {
  return (entries[0]?.stream.slice("user:".length) ?? "") as UserId; // the stream's name was made of it
}

function eventOf(entries: readonly Entry[]): EventId {
  return (entries[0]?.stream.slice("event:".length) ?? "") as EventId; // the stream's name was made of it
}

function idsIn(data: Data, names: readonly string[]): UserId[] {
  return names.flatMap((name) => (typeof data[name] === "string" ? [userIn(data, name)] : []));
}

function renderFrom(facts: Facts, entry: Entry): Rendered {
  const { kind, data } = entry;
  if (typeof data["only"] === "string") return ofOne(facts, entry);
  if (messageKinds.has(kind)) return renderMessage(facts, entry);
  if (markKinds.has(kind)) return renderMark(facts, entry);
  if (openingKinds.has(kind)) return renderOpening(facts, data);
  if (kind === "event") return renderEvent(facts, entry);
  if (kind === "poll") return { data: facts.polls.get(entry.seq) ?? null };
  if (kind === "sharing") return { data, instead: nothingFor(facts.blocked.get(userIn(data, "user")) ?? []) };
  if (kind === "travel") return renderTravel(facts, entry);
  if (kind === "people") return { data: renderPeople(facts, data) };
  if (kind === "rsvp") return { data: { ...refOf(facts, userIn(data, "user"), "user"), ...answerIn(data) } };
  if (kind === "friend")
    return { data: { user: refOf(facts, userIn(data, "user"), "id"), state: data["state"] } };
  if (kind === "friend_request") return { data: renderRequest(facts, data) };
  if (kind === "block")
    return { data: { ...refOf(facts, userIn(data, "user"), "user"), state: data["state"] } };
  return { data };
}

function renderEvent({ cores }: Facts, entry: Entry): Rendered {
  const event = cores.get(changedIn(entry.data, eventOf([entry])));
  return { data: event === undefined ? null : { event } };
}

function answerIn({ rsvp, event }: Data): Data {
  return event === undefined ? { rsvp } : { rsvp, event };
}

function renderOpening(facts: Facts, data: Data): Rendered {
  const event = eventIn(data);
  const head = facts.heads.get(event);
  // Lost since: there is nothing to hear, and of what one may not read the log says nothing.
  return head === undefined ? { data: null } : { data, opens: { event, head } };
}

function refOf(facts: Facts, id: UserId, name: "id" | "user"): Data {
  return { [name]: id, username: facts.names.get(id) ?? null };
}

function renderMessage(facts: Facts, { data }: Entry): Rendered {
  const seq = Number(data["seq"]);
  const message = facts.messages.get(seq);
  if (message === undefined) return { data: null };
  const rendered = ofMessage(message);
  const absentees = facts.absentees.get(seq) ?? [];
  if (absentees.length === 0) return rendered;
  return { ...rendered, instead: new Map([...(rendered.instead ?? []), ...nothingFor(absentees)]) };
}

function renderMark({ deleted, absentees }: Facts, { data }: Entry): Rendered {
  const seq = Number(data["seq"]);
  if (deleted.has(seq)) return { data: null };
  return { data, instead: nothingFor(absentees.get(seq) ?? []) };
}

function nothingFor(users: readonly UserId[]): Map<UserId, null> {
  return new Map(users.map((user) => [user, null]));
}

function renderRequest(facts: Facts, { from, to, state }: Data): Data {
  const asked = typeof to === "string" ? { to: refOf(facts, to as UserId, "id") } : {};
  return { from: refOf(facts, from as UserId, "id"), ...asked, state }; // written as ids by this server
}

function renderPeople(facts: Facts, data: Data): Data | null {
  const { op, user, invitation } = data;
  if (op === "removed" || op === "erased") return data;
  if (op === "renamed") {
    const username = facts.names.get(user as UserId);
    return username === undefined ? null : { op, user, username }; // erased since, which is reported too
  }
  const nobody = {
    id: null,
    username: null,
    email: null,
    role: "guest",
    rsvp: "none",
    invitation: invitation ?? null,
  };
  if (typeof user !== "string") return { op, person: nobody };
  return { op, person: facts.people.get(user as UserId) ?? { ...nobody, id: user } };
}
