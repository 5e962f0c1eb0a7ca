import type { ChatMessage, ChatState } from "./event-state.ts";

type Window = Pick<ChatState, "messages" | "hasOlder">;

/** Puts a message where its number belongs, in place of an earlier form of it; older than the window, it stays out. */
export function putMessage(window: Window, message: ChatMessage, limit: number): Window {
  const { messages } = window;
  const at = placeOf(messages, message.seq);
  if (messages[at]?.seq === message.seq)
    return { ...window, messages: messages.map((other, index) => (index === at ? message : other)) };
  if (at === 0 && window.hasOlder) return window;
  const all = [...messages.slice(0, at), message, ...messages.slice(at)];
  return all.length <= limit
    ? { ...window, messages: all }
    : { messages: all.slice(all.length - limit), hasOlder: true };
}

/** Puts a page of older messages before the window. */
export function putOlder(window: Window, older: readonly ChatMessage[], hasOlder: boolean): Window {
  const first = window.messages[0]?.seq ?? Number.MAX_SAFE_INTEGER;
  const before = older.filter(({ seq }) => seq < first);
  return { messages: [...before, ...window.messages], hasOlder };
}

export function findMessage(messages: readonly ChatMessage[], seq: number): ChatMessage | undefined {
  const found = messages[placeOf(messages, seq)];
  return found?.seq === seq ? found : undefined;
}

/** Whether every message after `seq` is in the window. */
export function coversAfter({ messages, hasOlder }: Window, seq: number): boolean {
  return !hasOlder || (messages[0]?.seq ?? Number.MAX_SAFE_INTEGER) <= seq + 1;
}

/** Where a message of this number is, or would go. */
function placeOf(messages: readonly ChatMessage[], seq: number): number {
  let from = 0;
  let to = messages.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((messages[middle]?.seq ?? 0) < seq) from = middle + 1;
    else to = middle;
  }
  return from;
}
