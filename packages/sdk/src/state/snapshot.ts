import type { EventId, UserId } from "@jarvis/contract";
import type { CallOptions } from "../call.ts";
import type { Api } from "../api.ts";
import { JarvisError } from "../errors.ts";
import type { ChatMessage, ChatState, EventState, Occurrence } from "./event-state.ts";
import { sortOccurrences, toOccurrence } from "./occurrences.ts";
import { sortPeople, toPerson } from "./people-reducer.ts";
import { type Named, type Share, sortById, sortNamed, type UserState } from "./user-state.ts";

/** Calls of one snapshot: repeated while the server has no time for them. */
const options: CallOptions = { retries: 5 };
const pageLimit = 200;

/** An event as it is now, with the newest `messages` of its chat. */
export async function fetchEvent(
  client: Api,
  id: string,
  self: string,
  messages: number,
): Promise<EventState> {
  const of = { id: id as EventId }; // ids are whatever the server says they are
  const event = await client.events.getEvent(of, options);
  const [chat, page, where, occurrences] = await Promise.all([
    client.chat.getChat(of, options),
    client.chat.listMessages({ ...of, limit: Math.min(messages, pageLimit) }, options),
    event.recurrence === null ? fetchWhere(client, of.id) : nowhere,
    event.recurrence === null ? [] : fetchOccurrences(client, event, self),
  ]);
  return {
    id,
    core: coreOf(event),
    occurrences,
    people: sortPeople(event.people.map(toPerson)),
    chat: chatOf(chat, page.items, page.nextCursor !== null, self),
    ...where,
    stale: false,
  };
}

/** Where people are is shared in the occurrences of a series. */
const nowhere = { sharing: "off", requests: { incoming: [], outgoing: [] } } as const;

async function fetchWhere(client: Api, id: EventId): Promise<Pick<EventState, "sharing" | "requests">> {
  const [sharing, requests] = await Promise.all([
    client.location.getSharing({ id }, options),
    client.location.listLocationRequests({ id }, options),
  ]);
  const { incoming, outgoing } = requests;
  return {
    sharing: sharing.state,
    requests: { incoming: incoming.map(idOf), outgoing: outgoing.map(idOf) },
  };
}

async function fetchOccurrences(client: Api, series: Fetched, self: string): Promise<Occurrence[]> {
  const of = { id: self as UserId, series: series.id, limit: pageLimit };
  const listed = await all(client.pages(client.events.listEvents, of, options));
  const people = series.people.map(toPerson);
  return sortOccurrences(listed.map((event) => toOccurrence(coreOf(event), event, people)));
}

type Fetched = Awaited<ReturnType<Api["events"]["getEvent"]>>;

function coreOf(event: Fetched): EventState["core"] {
  const { id, version, name, description, start_time, duration, time_zone } = event;
  const { status, capacity, place, updated_ms } = event;
  const { all_day, start_date, end_date, recurrence, series, original_start_time } = event;
  const days = { all_day, start_date, end_date };
  const when = { start_time, duration, time_zone, ...days, recurrence, series, original_start_time };
  return { id, version, name, description, ...when, status, capacity, place, updated_ms };
}

type FetchedChat = Awaited<ReturnType<Api["chat"]["getChat"]>>;
/** A server of an earlier version has no pins and mentions. */
type ChatInfo = Omit<FetchedChat, "pins" | "unread_mentions"> &
  Partial<Pick<FetchedChat, "pins" | "unread_mentions">>;

/** The page may be newer than the rest: what it holds beyond `last_seq` comes as entries too, and is counted then. */
function chatOf(info: ChatInfo, page: ChatMessage[], hasOlder: boolean, self: string): ChatState {
  const messages = page.filter(({ seq }) => seq <= info.last_seq);
  const { last_seq, read, unread, unread_mentions = 0, pins = [] } = info;
  return { messages, hasOlder, last_seq, read: { [self]: 0, ...read }, unread, unread_mentions, pins };
}

function idOf({ id }: { id: string }): string {
  return id;
}

export interface FetchedUser {
  readonly user: UserState;
  /** Events that are neither over nor cancelled. */
  readonly current: readonly string[];
}

/** The person who is signed in as `self`, as they are now. */
export async function fetchUser(client: Api, self: string): Promise<FetchedUser> {
  const of = { id: self as UserId };
  const [profile, requests, friends, blocks, events, devices, shares] = await Promise.all([
    client.accounts.getUser(of, options),
    client.friends.listFriendRequests(of, options),
    all(client.pages(client.friends.listFriends, { ...of, expand: "user", limit: pageLimit }, options)),
    all(client.pages(client.friends.listBlocks, { ...of, limit: pageLimit }, options)),
    all(client.pages(client.events.listEvents, { ...of, limit: pageLimit }, options)),
    whereKnown(client.devices.listDevices(of, options), []),
    whereKnown(client.location.listShares(of, options), { outgoing: [], incoming: [] }),
  ]);
  const user: UserState = {
    id: self,
    version: profile.version ?? 0,
    friends: named(friends),
    requests: { incoming: named(requests.incoming), outgoing: named(requests.outgoing) },
    blocks: named(blocks),
    events: wholeOf(events),
    online: [],
    devices: sortById(devices.map(({ id, name }) => ({ id, name }))),
    shares: { outgoing: toShares(shares.outgoing), incoming: toShares(shares.incoming) },
  };
  return { user, current: wholeOf(events.filter(isCurrent)) };
}

function toShares(shares: readonly { user: { id: string }; until_ms: number }[]): Share[] {
  return sortById(shares.map(({ user, until_ms }) => ({ id: user.id, until_ms })));
}

/** A server of an earlier version knows nothing of some calls. */
async function whereKnown<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JarvisError && error.status === 404) return otherwise;
    throw error;
  }
}

/** What has a stream and a chat: of occurrences their series, once. */
function wholeOf(events: readonly { id: string; series: string | null }[]): string[] {
  return [...new Set(events.map(({ id, series }) => series ?? id))];
}

function isCurrent({ status }: { status: string }): boolean {
  return status !== "passed" && status !== "cancelled";
}

/** Lists of ids alone are not asked for. */
function named(people: readonly (string | Named)[]): Named[] {
  const known = people.flatMap((person) => (typeof person === "string" ? [] : [person]));
  return sortNamed(known.map(({ id, username }) => ({ id, username })));
}

async function all<T>(pages: AsyncGenerator<T, void, void>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}
