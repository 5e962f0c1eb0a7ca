import { type ClientFrame, clientFrame, type ErrorCode, limits, type ServerFrame } from "@jarvis/contract";
import { parseJson } from "../http/body.ts";
import { parseWith } from "../http/parse.ts";
import { AppError } from "../lib/app-error.ts";
import { plainLocation } from "./location-frame.ts";

type Ref = string | number | undefined;

/** What a text that arrived is: a frame, one to be answered with an error, or none at all. */
export type Incoming =
  | { frame: ClientFrame }
  | { fault: AppError; type: unknown; ref: Ref; clientId: string | undefined }
  | "too_large"
  | "bad";

const known: ReadonlySet<unknown> = new Set(clientFrame.options.map((option) => option.shape.type.value));

export function readFrame(text: string): Incoming {
  if (isTooLarge(text)) return "too_large";
  const value = jsonObject(text);
  if (value === undefined) return "bad";
  const { type, ref, client_id: clientId } = value;
  if (typeof type !== "string") return "bad";
  try {
    const plain = plainLocation(value);
    if (plain !== null) return { frame: plain };
    if (!known.has(type)) throw new AppError("unsupported", { detail: "This frame type is not known" });
    return { frame: parseWith(clientFrame, value, "") };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return {
      fault: error,
      type,
      ref: refOf(ref),
      clientId: typeof clientId === "string" ? clientId : undefined,
    };
  }
}

/** A character is at most three bytes of UTF-8: only what could be too large is counted. */
function isTooLarge(text: string): boolean {
  if (text.length > limits.frameBytes) return true;
  return text.length > limits.frameBytes / 3 && Buffer.byteLength(text) > limits.frameBytes;
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = parseJson(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined; // just looked at
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function refOf(ref: unknown): Ref {
  if (typeof ref === "string") return ref.length <= 64 ? ref : undefined;
  return typeof ref === "number" ? ref : undefined;
}

export function encode(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

export interface EntryHead {
  readonly stream: string;
  readonly seq: number;
  readonly kind: string;
  readonly at_ms: number;
}

/** An entry, or a `skip` in its place where it is not theirs. */
export function encodeEntry(entry: EntryHead, data: Record<string, unknown> | null): string {
  const { stream, seq, kind, at_ms } = entry;
  if (data === null) return encode({ type: "skip", stream, from: seq, to: seq });
  return encode({ type: "entry", stream, seq, kind, data, at_ms });
}

export function encodeError(code: ErrorCode, about: { ref?: Ref; clientId?: string | undefined }): string {
  const { ref, clientId } = about;
  return encode({
    type: "error",
    code,
    ...(ref === undefined ? {} : { ref }),
    ...(clientId === undefined ? {} : { client_id: clientId.slice(0, limits.clientIdLength) }),
  });
}

/** What a transport needs to know of a frame that it passes on as text. */
export interface FrameFacts {
  readonly type: string;
  /** Up to which entry of which stream it brings its reader, where it is about a durable stream. */
  readonly heard: { readonly stream: string; readonly seq: number } | null;
}

/** The fields that `encode` and `encodeEntry` write first: to parse the whole would cost more than to send it. */
const opening =
  /^\{"type":"(\w+)"(?:,"stream":"([^"]+)",(?:"seq":(\d+),"kind"|"from":\d+,"to":(\d+)|"last_seq":(\d+)))?/;

export function factsOf(text: string): FrameFacts {
  const [, type, stream, seq, to, lastSeq] = opening.exec(text) ?? [];
  if (type === undefined) throw new Error("a frame does not begin with its type");
  if (stream === undefined) return { type, heard: null };
  return { type, heard: { stream, seq: Number(seq ?? to ?? lastSeq) } };
}
