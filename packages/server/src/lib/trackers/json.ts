/** More bytes are not looked at; a batch of Overland with 1,000 points has about 600,000. */
export const bodyBytes = 1024 * 1024;
const depthMax = 32;

export type Json = Record<string, unknown>;

/** What the body says as JSON, `undefined` where it is none, too large or too deep. Never throws. */
export function parseJson(body: Uint8Array): unknown {
  if (body.byteLength > bodyBytes) return undefined;
  // Not fatal: a wireless network's name may be in any encoding, and the fix beside it is fine.
  const text = new TextDecoder().decode(body);
  if (tooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that is there, or one without anything. */
export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** Text to keep of what somebody sent: short, and no half characters. */
export function shortText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value.slice(0, 200).toWellFormed() : null;
}

const quote = 0x22;
const backslash = 0x5c;

/** Counted before parsing: the parser recurses. */
function tooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === quote) inText = !inText;
    else if (inText) {
      if (code === backslash) index += 1;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}
