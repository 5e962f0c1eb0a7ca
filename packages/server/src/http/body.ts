import { limits } from "@jarvis/contract";
import { AppError } from "../lib/app-error.ts";
import { GrowingBytes } from "../lib/growing-bytes.ts";
import { type Excess, excessOf } from "./json-limits.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a JSON body: type, size, encoding and limits are checked before it is parsed. `orType`: what else the call takes. */
export async function readJson(request: Request, orType?: string): Promise<unknown> {
  if (!isJson(request.headers.get("content-type"))) {
    const types = ["application/json", ...(orType === undefined ? [] : [orType])].join(" or ");
    throw new AppError("unsupported_media_type", { detail: `The body must be ${types}` });
  }
  return parseJson(toText(await readBytes(request, limits.bodyBytes)));
}

function isJson(type: string | null): boolean {
  return type !== null && (type === "application/json" || /^application\/json\s*(;|$)/i.test(type));
}

/** A client that goes away in the middle is no fault of the server. */
async function arrived(reading: Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("invalid_input", { detail: "The body did not arrive whole" });
  }
}

/** A whole body of at most so many bytes. */
export function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  return arrived(readUpTo(request, maxBytes));
}

/** A body that does not say how long it is, is read only as far as it may be long. */
async function readUpTo(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared === null) return readAtMost(request.body, maxBytes);
  if (Number(declared) > maxBytes) throw bodyTooLarge(maxBytes);
  return request.bytes();
}

async function readAtMost(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  const read = new GrowingBytes();
  for await (const part of body ?? []) {
    if (read.length + part.length > maxBytes) throw bodyTooLarge(maxBytes);
    read.add(part);
  }
  return read.bytes;
}

/** JSON is UTF-8 (RFC 8259, section 8.1), and so is the XML that is taken. Replacing what is not would store a text that nobody sent. */
export function toText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new AppError("invalid_input", { detail: "The body is not valid UTF-8" });
  }
}

export function bodyTooLarge(maxBytes: number): AppError {
  return new AppError("too_large", { detail: `A body has at most ${maxBytes} bytes` });
}

/** Refuses what exceeds the limits of a body; then parses. */
export function parseJson(text: string): unknown {
  const excess = excessOf(text);
  if (excess !== null) throw excesses[excess]();
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("invalid_input", { detail: "The body is not valid JSON" });
  }
}

const excesses: Record<Excess, () => AppError> = {
  depth: () => new AppError("too_large", { detail: `JSON may be nested ${limits.jsonDepth} deep` }),
  items: () => new AppError("limit_exceeded", { detail: `An array has at most ${limits.arrayItems} items` }),
};
