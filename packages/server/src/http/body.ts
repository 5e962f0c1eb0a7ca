import { limits } from "@jarvis/contract";
import { AppError } from "../lib/app-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a JSON body: type, size, encoding and depth are checked before it is parsed. */
export async function readJson(request: Request): Promise<unknown> {
  if (!isJson(request.headers.get("content-type"))) throw new AppError("unsupported_media_type");
  return parseJson(toText(await readBytes(request)));
}

function isJson(type: string | null): boolean {
  return type !== null && (type === "application/json" || /^application\/json\s*(;|$)/i.test(type));
}

/** A body that does not say how long it is, is read only as far as it may be long. */
async function readBytes(request: Request): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared === null) return readAtMost(request.body, limits.bodyBytes);
  if (Number(declared) > limits.bodyBytes) throw tooLarge();
  return request.bytes();
}

async function readAtMost(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.length;
    if (size > maxBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** JSON is UTF-8 (RFC 8259, section 8.1). Replacing what is not would store a text that nobody sent. */
function toText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new AppError("invalid_input", { detail: "The body is not valid UTF-8" });
  }
}

function tooLarge(): AppError {
  return new AppError("too_large", { detail: `A body has at most ${limits.bodyBytes} bytes` });
}

/** Refuses nesting that would overflow code that walks the value later; then parses. */
export function parseJson(text: string): unknown {
  if (text.length > 2 * limits.jsonDepth && isTooDeep(text)) {
    throw new AppError("invalid_input", { detail: `JSON may be nested ${limits.jsonDepth} deep` });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("invalid_input", { detail: "The body is not valid JSON" });
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > limits.jsonDepth) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
