import { z } from "zod";
import { userRef } from "./accounts.ts";
import { eventId, messageId, userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { photo, photoIds } from "./photos.ts";
import { instantMs, text } from "./values.ts";

/** Number of a message in its chat: 1, 2, 3 … without gaps. Never the number of an entry in a stream. */
export const messageSeq = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
export const seqPath = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .pipe(messageSeq);

export const messageText = text(limits.textCodePoints).refine(
  (value) => value.trim().length > 0,
  "must not be empty",
);

/** People of the chat whom a message names, beside those whose names stand in its text. Who is not in the chat is passed over. */
export const mentionsInput = z.array(userId).max(limits.mentionsPerMessage);

/** What a message says: a text, photos, or both. */
export const sentContent = {
  text: text(limits.textCodePoints),
  reply_to: messageSeq.optional(),
  mentions: mentionsInput.optional(),
  photos: photoIds.optional(),
};

export function saysSomething(sent: { text: string; photos?: readonly unknown[] | undefined }): boolean {
  return sent.text.trim().length > 0 || (sent.photos?.length ?? 0) > 0;
}
export const saysNothing = { path: ["text"], message: "must not be empty where there are no photos" };

let rgiEmoji: RegExp | undefined;

/** The expression is made when it is first needed: an engine that cannot read it (React Native's) loads this all the same. */
function isRgiEmoji(value: string): boolean {
  rgiEmoji ??= new RegExp(String.raw`^\p{RGI_Emoji}$`, "v");
  return rgiEmoji.test(value);
}

/** One emoji as Unicode recommends it for interchange. */
export const emoji = z
  .string()
  .transform((value) => value.normalize("NFC"))
  .refine((value) => isRgiEmoji(value), "must be one emoji as Unicode recommends it for interchange");

/** Who gave one emoji, in the order in which they did. */
const reaction = z.object({ emoji: z.string(), users: z.array(userId) });

/** A chat message. A deleted one keeps its place and loses its text; an erased author is `null`. */
export const message = z.object({
  seq: messageSeq,
  id: messageId,
  chat: eventId,
  author: userRef.nullable(),
  text: z.string(),
  sent_ms: instantMs,
  edited_ms: instantMs.optional(),
  deleted: z.literal(true).optional(),
  reply_to: messageSeq.optional(),
  mentions: z.array(userId).optional(),
  photos: z.array(photo).optional(),
  /** In the order in which the emoji were first given. */
  reactions: z.array(reaction).optional(),
  /** Number of the entry that last changed `reactions`: a `reaction` entry up to it is in them already. */
  reactions_entry: z.int().min(1).optional(),
  /** What was changed of what had been agreed; the text is empty. */
  system: z.object({ code: z.string(), params: z.record(z.string(), z.string()) }).optional(),
  /** Shown to the author only. */
  client_id: z.string().optional(),
});

export type Message = z.input<typeof message>;
