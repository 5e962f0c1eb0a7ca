import { limits } from "@jarvis/contract";
import { AppError } from "../lib/app-error.ts";

/** Reads a JSON body: type, size and depth are checked before it is parsed. */
export async function readJson(request: Request): Promise<unknown> {
  if (!isJson(request.headers.get("content-type"))) throw new AppError("unsupported_media_type");
  if (Number(request.headers.get("content-length") ?? 0) > limits.bodyBytes) throw tooLarge();
  return parseJson(await readText(request));
}

function isJson(type: string | null): boolean {
  return type !== null && (type === "application/json" || /^application\/json\s*(;|$)/i.test(type));
}

async function readText(request: Request): Promise<string> {
  const text = await request.text();
  if (text.length > limits.bodyBytes / 3 && Buffer.byteLength(text) > limits.bodyBytes) throw tooLarge();
  return text;
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
