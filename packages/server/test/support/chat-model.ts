import type { Message } from "@jarvis/contract";
import { expectOk } from "./events.ts";
import type { Entry, TestSocket } from "./socket.ts";
import type { Person } from "./world.ts";

/** What a client holds of a chat, as `docs/api-additions.md` says how entries are applied to it. */
export interface ChatState {
  messages: Map<number, Message>;
  /** Newest pin first. */
  pins: number[];
  /** The pins are as of this entry, or of a later one. */
  pinsEntry: number;
}

export function emptyChat(): ChatState {
  return { messages: new Map(), pins: [], pinsEntry: 0 };
}

/** The whole chat over HTTP, as this person may read it. */
export async function fetchChat(person: Person, chat: string): Promise<ChatState> {
  const messages = new Map<number, Message>();
  for (let after: number | undefined = 0; after !== undefined; ) {
    const path = `/chat/${chat}/messages?after=${after}&limit=100`;
    const page: Message[] = expectOk(await person.call("GET", path));
    for (const message of page) messages.set(message.seq, message);
    after = page.length < 100 ? undefined : page.at(-1)?.seq;
  }
  const { pins, last_entry } = expectOk(await person.call("GET", `/chat/${chat}`));
  return { messages, pins, pinsEntry: last_entry };
}

export function copyOf(state: ChatState): ChatState {
  return structuredClone(state);
}

export function applyEntry(state: ChatState, { seq, kind, data }: Entry): void {
  // The socket has held it against its schema.
  const about = data as unknown as Mark & { message: Message };
  if (kind === "message" || kind === "message_edited" || kind === "message_deleted") {
    state.messages.set(about.message.seq, structuredClone(about.message));
    if (about.message.deleted === true) state.pins = state.pins.filter((one) => one !== about.message.seq);
  }
  if (kind === "pin" && seq > state.pinsEntry) {
    state.pins = state.pins.filter((one) => one !== about.seq);
    if (about.op === "pinned") state.pins.unshift(about.seq);
  }
  if (kind === "reaction") react(state.messages.get(about.seq), seq, about);
}

interface Mark {
  seq: number;
  user: string;
  emoji: string;
  op: "added" | "removed" | "pinned" | "unpinned";
}

function react(message: Message | undefined, entry: number, { user, emoji, op }: Mark): void {
  if (message === undefined || entry <= (message.reactions_entry ?? 0)) return;
  const groups = message.reactions ?? [];
  const group = groups.find((one) => one.emoji === emoji);
  if (op === "added" && group === undefined) groups.push({ emoji, users: [user] });
  else if (op === "added") group?.users.push(user);
  else if (group !== undefined) group.users = group.users.filter((one) => one !== user);
  const left = groups.filter(({ users }) => users.length > 0);
  if (left.length > 0) message.reactions = left;
  else delete message.reactions;
  message.reactions_entry = entry;
}

/** What is to be the same, however it was come by. */
export function shown({ messages, pins }: ChatState) {
  return { messages, pins };
}

/** How far a socket has heard a stream: entries and skips. */
export function heardUpTo(socket: TestSocket, stream: string): number {
  const entries = socket.entries(stream).map(({ seq }) => seq);
  const skips = socket.of("skip").flatMap((skip) => (skip.stream === stream ? [skip.to] : []));
  return Math.max(0, ...entries, ...skips);
}

/** Resolves once a socket has heard a stream up to an entry. */
export async function caughtUp(socket: TestSocket, stream: string, head: number): Promise<void> {
  if (heardUpTo(socket, stream) >= head) return;
  await Promise.race([
    socket.next("entry", (entry) => entry.stream === stream && entry.seq >= head),
    socket.next("skip", (skip) => skip.stream === stream && skip.to >= head),
  ]);
}
