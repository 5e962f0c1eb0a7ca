import type { ChatMessage, ChatState } from "./event-state.ts";
import { coversAfter } from "./messages.ts";

/** Whether a message counts as unread for somebody who has read nothing. Own and deleted ones never do. */
export function counts(message: ChatMessage, self: string): boolean {
  return message.deleted !== true && message.author?.id !== self;
}

export function mentions(message: ChatMessage, self: string): boolean {
  return counts(message, self) && (message.mentions ?? []).includes(self);
}

/** The counts as they follow from the messages; undefined where the window does not hold all that came after the marker. */
export function recount(chat: ChatState, self: string): ChatState | undefined {
  const marker = chat.read[self] ?? 0;
  if (!coversAfter(chat, marker)) return undefined;
  const after = chat.messages.filter(({ seq }) => seq > marker);
  const unread = after.filter((message) => counts(message, self)).length;
  return { ...chat, unread, unread_mentions: after.filter((message) => mentions(message, self)).length };
}

/** The counts after one message has taken another form, or come anew (`before` undefined). */
export function countChange(
  chat: ChatState,
  self: string,
  before: ChatMessage | undefined,
  after: ChatMessage,
): ChatState {
  if (after.seq <= (chat.read[self] ?? 0)) return chat;
  const change = (holds: (message: ChatMessage, self: string) => boolean) =>
    Number(holds(after, self)) - Number(before !== undefined && holds(before, self));
  return {
    ...chat,
    unread: chat.unread + change(counts),
    unread_mentions: chat.unread_mentions + change(mentions),
  };
}
