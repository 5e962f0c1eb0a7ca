import { Database as SqliteFile } from "bun:sqlite";

export interface LedgerEntry {
  readonly seq: number;
  readonly kind: string;
  readonly data: Record<string, unknown>;
}

export interface StoredMessage {
  readonly seq: number;
  readonly author_id: string | null;
  readonly client_id: string | null;
  readonly text: string;
  readonly deleted_ms: number | null;
  readonly edited_ms: number | null;
}

interface Member {
  readonly user_id: string;
  readonly state: string;
  readonly rsvp: string;
  readonly delivered: number;
}

/** From this entry to before that one, somebody was not in the event. */
interface Away {
  readonly from: number;
  readonly to: number;
  /** Removed or gone, whose interval stays closed; who merely declined reads what was said meanwhile. */
  readonly closed: boolean;
  /** Removed after declining: from where it is closed, the stream does not tell. */
  unsure: boolean;
}

/**
 * What is committed, read by a connection of its own: the truth that a history is judged by. It keeps the entries that
 * it has seen, because the server may prune them.
 */
export class Ledger {
  readonly entries = new Map<string, LedgerEntry[]>();
  #file: SqliteFile;
  #backup: { heads: ReadonlyMap<string, number>; said: ReadonlySet<string> } = {
    heads: new Map(),
    said: new Set(),
  };
  readonly #initial = new Map<string, Set<string>>();
  readonly events = new Set<string>();
  #members = new Map<string, Member[]>();
  #sessions = new Set<string>();
  #blocks = new Set<string>();

  constructor(path: string) {
    this.#file = new SqliteFile(path, { readonly: true });
  }

  close(): void {
    this.#file.close();
  }

  #all<R>(text: string, ...parameters: (string | number)[]): R[] {
    return this.#file.query<R, (string | number)[]>(text).all(...parameters);
  }

  /** The state as of the last commit, looked at right after it. */
  refresh(users: ReadonlySet<string>): void {
    this.#sessions = new Set();
    this.#blocks = new Set();
    for (const user of users) {
      for (const { id } of this.#all<{ id: string }>("select id from session where user_id = ?", user))
        this.#sessions.add(id);
      for (const { other } of this.#all<{ other: string }>(
        "select blocked_id as other from block where user_id = ?",
        user,
      ))
        this.#blocks.add(`${user} ${other}`).add(`${other} ${user}`);
      this.pull(`user:${user}`);
    }
    for (const event of this.events) this.#refreshEvent(event);
  }

  #refreshEvent(event: string): void {
    const members = this.#membersNow(event);
    this.#members.set(event, members);
    this.pull(`event:${event}`);
    if (!this.#initial.has(event) && members.length > 0)
      this.#initial.set(event, new Set(members.filter(isIn).map(({ user_id }) => user_id)));
  }

  #membersNow(event: string): Member[] {
    return this.#all("select user_id, state, rsvp, delivered from participant where event_id = ?", event);
  }

  /** From now on it knows this event; its people of this moment are those that it began with. */
  track(event: string): void {
    this.events.add(event);
    this.#refreshEvent(event);
  }

  /** A backup is made of this moment. */
  remember(streams: readonly string[]): void {
    const heads = new Map(streams.map((stream) => [stream, this.head(stream)]));
    const said = this.#all<{ key: string }>(
      "select event_id || ' ' || author_id || ' ' || client_id as key from message where author_id is not null",
    );
    this.#backup = { heads, said: new Set(said.map(({ key }) => key)) };
  }

  /** The backup was restored: what came after it has not happened. Gives what had been said by then. */
  rewind(path: string): ReadonlySet<string> {
    this.#file.close();
    this.#file = new SqliteFile(path, { readonly: true });
    for (const [stream, known] of this.entries) {
      const head = this.#backup.heads.get(stream) ?? 0;
      this.entries.set(
        stream,
        known.filter(({ seq }) => seq <= head),
      );
    }
    for (const event of this.events) if (!this.#backup.heads.has(`event:${event}`)) this.events.delete(event);
    for (const event of this.events) this.#refreshEvent(event);
    return this.#backup.said;
  }

  pull(stream: string): void {
    const known = this.entries.get(stream) ?? [];
    this.entries.set(stream, known);
    const last = known.at(-1)?.seq ?? 0;
    const rows = this.#all<{ seq: number; kind: string; data: string }>(
      "select seq, kind, data from entry where stream = ? and seq > ? order by seq",
      stream,
      last,
    );
    for (const { seq, kind, data } of rows)
      known.push({ seq, kind, data: JSON.parse(data) as LedgerEntry["data"] }); // the server's own objects
  }

  head(stream: string): number {
    const [head] = this.#all<{ last_seq: number }>("select last_seq from stream where id = ?", stream);
    // A stream that is gone went with its event: what is said of it in the turn of that commit was right before.
    return head?.last_seq ?? Number.MAX_SAFE_INTEGER;
  }

  /** The newest entry that it has looked at. */
  known(stream: string): number {
    return this.entries.get(stream)?.at(-1)?.seq ?? 0;
  }

  entryAt(stream: string, seq: number): LedgerEntry | undefined {
    const known = this.entries.get(stream);
    const found = known?.[seq - (known[0]?.seq ?? 0)];
    if (found?.seq === seq) return found;
    this.pull(stream);
    return this.entries.get(stream)?.find((entry) => entry.seq === seq);
  }

  /** In the event as of the last commit; what the store says at this moment counts too, in favour of the server. */
  isMember(event: string, user: string): boolean {
    const has = (members: Member[] | undefined) =>
      members?.some((member) => member.user_id === user && isIn(member)) ?? false;
    return has(this.#members.get(event)) || has(this.#membersNow(event));
  }

  isSignedIn(session: string): boolean {
    return this.#sessions.has(session) || this.#all("select 1 from session where id = ?", session).length > 0;
  }

  isBlocked(a: string, b: string): boolean {
    return this.#blocks.has(`${a} ${b}`);
  }

  /** Whose part in the event the others are told of. */
  toldOf(event: string): ReadonlySet<string> {
    const told = this.#membersNow(event).filter(({ delivered, state }) => delivered === 1 && state === "in");
    return new Set(told.map(({ user_id }) => user_id));
  }

  isThere(event: string): boolean {
    return this.#all("select 1 from event where id = ?", event).length > 0;
  }

  messages(event: string): StoredMessage[] {
    return this.#all("select * from message where event_id = ? order by seq", event);
  }

  /** An author who was erased leaves the message, and nothing that says whose it was. */
  isStored(event: string, clientId: string, seq: number): boolean {
    const text = `select 1 from message where event_id = ? and seq = ? and (client_id = ? or author_id is null)`;
    return this.#all(text, event, seq, clientId).length === 1;
  }

  /** When somebody was away, as the event's own stream tells it: not as the server keeps it. */
  away(event: string, user: string): Away[] {
    const intervals: Away[] = [];
    let since: Omit<Away, "to"> | null = this.#initial.get(event)?.has(user)
      ? null
      : { from: 0, closed: false, unsure: false };
    for (const { seq, kind, data } of this.entries.get(`event:${event}`) ?? []) {
      // What one person alone is told is an invitation that reaches nobody.
      if (data["user"] !== user || data["only"] !== undefined) continue;
      // What somebody answers for one occurrence leaves them in the series.
      if (kind === "rsvp" && data["event"] !== undefined) continue;
      const goes =
        (kind === "people" && data["op"] === "removed") || (kind === "rsvp" && data["rsvp"] === "declined");
      const comes =
        (kind === "people" && data["op"] === "added") || (kind === "rsvp" && data["rsvp"] !== "declined");
      if (goes && since !== null) since.unsure = true;
      else if (goes) since = { from: seq, closed: kind === "people", unsure: false };
      else if (comes && since !== null) {
        intervals.push({ ...since, to: seq });
        since = null;
      }
    }
    if (since !== null) intervals.push({ ...since, to: Number.MAX_SAFE_INTEGER });
    return intervals;
  }

  /** The entry that reports a message. */
  entryOf(event: string, message: number): LedgerEntry | undefined {
    const stream = this.entries.get(`event:${event}`) ?? [];
    return stream.find(({ kind, data }) => kind === "message" && data["seq"] === message);
  }
}

function isIn({ state, rsvp, delivered }: Member): boolean {
  return state === "in" && delivered === 1 && rsvp !== "declined";
}
