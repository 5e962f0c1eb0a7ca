import type { ChatMessage } from "./event-state.ts";
import type { OutgoingMessage } from "./outgoing.ts";

/** A line of a chat as an application shows it. */
export type TimelineItem =
  | { readonly state: "sent"; readonly key: string; readonly message: ChatMessage }
  /** Written by the person themselves, and not in the chat yet. */
  | { readonly state: "pending"; readonly key: string; readonly outgoing: OutgoingMessage };

/**
 * The messages of a chat and those on their way into it, each once. One that is stored stands where its number belongs;
 * the others follow in the order in which they were written. An own message keeps its `key` when it arrives.
 */
export function timelineOf(
  messages: readonly ChatMessage[],
  outgoing: readonly OutgoingMessage[],
): readonly TimelineItem[] {
  const numbered = outgoing.filter(({ seq }) => seq !== undefined).sort((a, b) => seqOf(a) - seqOf(b));
  const items: TimelineItem[] = [];
  for (const message of messages) {
    while (numbered[0] !== undefined && seqOf(numbered[0]) < message.seq)
      items.push(...numbered.splice(0, 1).map(pending));
    items.push({ state: "sent", key: message.client_id ?? `#${message.seq}`, message });
  }
  return [
    ...items,
    ...numbered.map(pending),
    ...outgoing.filter(({ seq }) => seq === undefined).map(pending),
  ];
}

function seqOf({ seq = Number.MAX_SAFE_INTEGER }: OutgoingMessage): number {
  return seq;
}

function pending(outgoing: OutgoingMessage): TimelineItem {
  return { state: "pending", key: outgoing.clientId, outgoing };
}

interface Made {
  readonly messages: readonly ChatMessage[];
  readonly outgoing: readonly OutgoingMessage[];
  readonly items: readonly TimelineItem[];
}

const none: readonly ChatMessage[] = [];

/** Timelines as they were made last: the same array as long as nothing in it has changed. */
export class Timelines {
  readonly #made = new Map<string, Made>();

  of(
    chat: string,
    messages: readonly ChatMessage[] | undefined,
    all: readonly OutgoingMessage[],
  ): Made["items"] {
    const outgoing = all.filter((message) => message.chat === chat);
    const made = this.#made.get(chat);
    if (made?.messages === (messages ?? none) && isSame(made.outgoing, outgoing)) return made.items;
    const items = timelineOf(messages ?? none, outgoing);
    this.#made.set(chat, { messages: messages ?? none, outgoing, items });
    return items;
  }

  forget(chat: string): void {
    this.#made.delete(chat);
  }
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
