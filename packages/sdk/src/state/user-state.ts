import type { EntryData, EntryFrame } from "@jarvis/contract";

export interface Named {
  readonly id: string;
  readonly username: string;
}

/** What a person has besides events: kept up by the entries of their own stream. */
export interface UserState {
  readonly id: string;
  /** Of the own profile: where it is newer than what was fetched, the profile has changed. */
  readonly version: number;
  readonly friends: readonly Named[];
  readonly requests: { readonly incoming: readonly Named[]; readonly outgoing: readonly Named[] };
  readonly blocks: readonly Named[];
  /** Ids of the events that can be read. */
  readonly events: readonly string[];
  /** Ids of people who are online, as far as they let it be seen. */
  readonly online: readonly string[];
  /** Phones that report where this person is. */
  readonly devices: readonly Device[];
  /** Positions shown beside events: to friends, and by friends. One may have run out: see `until_ms`. */
  readonly shares: { readonly outgoing: readonly Share[]; readonly incoming: readonly Share[] };
}

export interface Device {
  readonly id: string;
  readonly name: string;
}

/** With the friend `id`, until then. */
export interface Share {
  readonly id: string;
  readonly until_ms: number;
}

/** A user after an entry of their own stream. */
export function userEntry(user: UserState, { kind, data }: EntryFrame): UserState {
  switch (kind) {
    case "friend":
      return friendChanged(user, data as EntryData<"friend">);
    case "friend_request":
      return requestChanged(user, data as EntryData<"friend_request">);
    case "block":
      return blockChanged(user, data as EntryData<"block">);
    case "invited":
    case "event_created":
      return { ...user, events: putId(user.events, String(data["event"])) };
    case "removed":
      return { ...user, events: user.events.filter((id) => id !== data["event"]) };
    case "device":
      return deviceChanged(user, data as EntryData<"device">);
    case "share":
      return shareChanged(user, data as EntryData<"share">);
    case "profile":
      return { ...user, version: Number(data["version"]) };
    default:
      return user; // of a newer server, or nothing that the state holds
  }
}

export function onlineChanged(user: UserState, id: string, online: boolean): UserState {
  const others = user.online.filter((other) => other !== id);
  return { ...user, online: online ? [...others, id].sort() : others };
}

function friendChanged(user: UserState, { user: person, state }: EntryData<"friend">): UserState {
  const named = toNamed(person);
  if (state === "removed") return { ...unshared(user, named.id), friends: without(user.friends, named.id) };
  if (state === "renamed") return mapNamed(user, (other) => (other.id === named.id ? named : other));
  return { ...user, friends: put(user.friends, named), requests: withoutRequests(user, named.id) };
}

/** On the asker's own stream `to` says who was asked; else the entry is about whoever asks. */
function requestChanged(user: UserState, { from, to, state }: EntryData<"friend_request">): UserState {
  const { incoming, outgoing } = user.requests;
  const change = (people: readonly Named[], person: { id: string; username: string | null }) =>
    state === "open" ? put(people, toNamed(person)) : without(people, person.id);
  if (from.id === user.id && to !== undefined)
    return { ...user, requests: { incoming, outgoing: change(outgoing, to) } };
  return { ...user, requests: { incoming: change(incoming, from), outgoing } };
}

/** A block ends what was open between the two. */
function blockChanged(user: UserState, { user: id, username, state }: EntryData<"block">): UserState {
  if (state === "off") return { ...user, blocks: without(user.blocks, id) };
  const blocks = put(user.blocks, toNamed({ id, username: username ?? null }));
  return { ...unshared(user, id), blocks, requests: withoutRequests(user, id) };
}

function deviceChanged(user: UserState, device: EntryData<"device">): UserState {
  const others = user.devices.filter(({ id }) => id !== device.id);
  if ("removed" in device) return { ...user, devices: others };
  return { ...user, devices: sortById([...others, { id: device.id, name: device.name }]) };
}

function shareChanged(user: UserState, { from, to, until_ms }: EntryData<"share">): UserState {
  const { outgoing, incoming } = user.shares;
  const put = (shares: readonly Share[], id: string) => {
    const others = shares.filter((share) => share.id !== id);
    return until_ms === null ? others : sortById([...others, { id, until_ms }]);
  };
  const shares =
    from === user.id
      ? { outgoing: put(outgoing, to), incoming }
      : { outgoing, incoming: put(incoming, from) };
  return { ...user, shares };
}

/** Friendship and shares end together. */
function unshared(user: UserState, id: string): UserState {
  const others = (shares: readonly Share[]) => shares.filter((share) => share.id !== id);
  const { outgoing, incoming } = user.shares;
  return { ...user, shares: { outgoing: others(outgoing), incoming: others(incoming) } };
}

function withoutRequests({ requests }: UserState, id: string): UserState["requests"] {
  return { incoming: without(requests.incoming, id), outgoing: without(requests.outgoing, id) };
}

function mapNamed(user: UserState, change: (person: Named) => Named): UserState {
  return {
    ...user,
    friends: user.friends.map(change),
    blocks: user.blocks.map(change),
    requests: {
      incoming: user.requests.incoming.map(change),
      outgoing: user.requests.outgoing.map(change),
    },
  };
}

/** Without a name, the account is being erased: an entry that ends it all follows. */
function toNamed({ id, username }: { id: string; username: string | null }): Named {
  return { id, username: username ?? "" };
}

function without(people: readonly Named[], id: string): readonly Named[] {
  return people.filter((person) => person.id !== id);
}

function put(people: readonly Named[], person: Named): readonly Named[] {
  return sortNamed([...without(people, person.id), person]);
}

export function sortNamed(people: readonly Named[]): Named[] {
  return sortById(people);
}

export function sortById<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function putId(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids : [...ids, id];
}
