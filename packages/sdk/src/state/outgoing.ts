import type { ChatState } from "./event-state.ts";

/** A photo on its way: its bytes until it is uploaded, then its id. */
export interface OutgoingPhoto {
  readonly type: string;
  readonly data?: Blob | Uint8Array<ArrayBuffer> | undefined;
  readonly state: "waiting" | "uploading" | "uploaded" | "failed";
  readonly id?: string | undefined;
}

/** A message that is not known to be in its chat yet. */
export interface OutgoingMessage {
  /** Names it for ever: sent again under it, it stays one message. */
  readonly clientId: string;
  readonly chat: string;
  readonly text: string;
  readonly replyTo?: number | undefined;
  /** Ids of people beside those whom the text names. */
  readonly mentions?: readonly string[] | undefined;
  readonly photos: readonly OutgoingPhoto[];
  /** `sent`: stored durably as message `seq`, whose entry has not arrived yet. */
  readonly state: "sending" | "sent" | "failed";
  readonly seq?: number | undefined;
  /** Why it failed: a code of the contract, or `photo_lost` where its bytes were gone after a restart. */
  readonly code?: string | undefined;
}

/** Those that are not in the chat: one whose message has arrived, before its ack or after, is shown there alone. */
export function unsettled(
  outgoing: readonly OutgoingMessage[],
  id: string,
  chat: ChatState | undefined,
): readonly OutgoingMessage[] {
  if (!outgoing.some((message) => message.chat === id)) return outgoing;
  const arrived = new Set(chat?.messages.map(({ client_id }) => client_id));
  const left = outgoing.filter((message) => message.chat !== id || !isThere(message, chat, arrived));
  return left.length === outgoing.length ? outgoing : left;
}

function isThere(
  { clientId, state, seq = 0 }: OutgoingMessage,
  chat: ChatState | undefined,
  arrived: ReadonlySet<string | undefined>,
): boolean {
  if (arrived.has(clientId)) return true;
  return state === "sent" && (chat === undefined || seq <= chat.last_seq);
}

type Kept = Omit<OutgoingMessage, "photos" | "state"> & { photos: (string | null)[]; failed: boolean };

/** What is kept between starts. Bytes of photos are not: too large for where texts are kept. */
export function keep(outgoing: readonly OutgoingMessage[]): string {
  const kept = outgoing.flatMap(({ state, photos, ...message }): Kept[] =>
    state === "sent"
      ? []
      : [{ ...message, photos: photos.map(({ id }) => id ?? null), failed: state === "failed" }],
  );
  return JSON.stringify(kept);
}

/** What an earlier start has kept; what cannot be read is nothing. */
export function restore(text: string | null | undefined): OutgoingMessage[] {
  const kept: unknown = text ? parse(text) : [];
  return Array.isArray(kept) ? (kept as Kept[]).flatMap(restoreOne) : []; // written by `keep`
}

function restoreOne({ photos, failed, ...message }: Kept): OutgoingMessage[] {
  if (typeof message.clientId !== "string" || !Array.isArray(photos)) return [];
  const isLost = photos.includes(null);
  const restored = photos.map(
    (id): OutgoingPhoto =>
      id === null ? { type: "", state: "failed" } : { type: "", state: "uploaded", id },
  );
  const code = isLost ? "photo_lost" : message.code;
  return [{ ...message, photos: restored, state: failed || isLost ? "failed" : "sending", code }];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return []; // cut off in the middle of a write: nothing in it can be told apart
  }
}
