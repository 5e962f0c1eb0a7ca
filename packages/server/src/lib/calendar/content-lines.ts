/** A property as it is written, its name and the names of parameters in upper case. */
export interface Property {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly value: string;
}

const noParameters: ReadonlyMap<string, string> = new Map();
const gzipBytes = [0x1f, 0x8b];

export function isCompressed(bytes: Uint8Array): boolean {
  return gzipBytes.every((byte, index) => bytes[index] === byte);
}

/**
 * The lines of a calendar (RFC 5545, 3.1), unfolded. Bytes are taken for characters one by one: what we read is ASCII,
 * and a fold may fall inside a character of UTF-8. Lines end with CRLF, LF or CR.
 */
export function contentLines(bytes: Uint8Array): string[] {
  return textOf(bytes)
    .replace(/(?:\r\n|\n|\r)[ \t]/g, "")
    .split(/[\r\n]+/);
}

function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return text.startsWith("\xef\xbb\xbf") ? text.slice(3) : text;
}

/** The name alone, so that what nobody reads is not taken apart. */
export function nameOf(line: string): string {
  const end = line.search(/[;:]/);
  return (end < 0 ? line : line.slice(0, end)).trim().toUpperCase();
}

/** A longer one has thousands of parameters, or no colon at all. */
const maxHead = 2000;

/** Null when the line has no value. */
export function parseProperty(line: string): Property | null {
  const pieces: string[] = [];
  let quoted = false;
  let begin = 0;
  for (let index = 0; index < line.length && index < maxHead; index++) {
    const character = line[index];
    if (character === '"') quoted = !quoted;
    if (quoted || (character !== ";" && character !== ":")) continue;
    pieces.push(line.slice(begin, index));
    begin = index + 1;
    if (character === ":") return property(pieces, line.slice(begin));
  }
  return null;
}

function property([name = "", ...parameters]: readonly string[], value: string): Property {
  return {
    name: name.trim().toUpperCase(),
    parameters: parameters.length === 0 ? noParameters : new Map(parameters.map(parameterOf)),
    value: value.trim(),
  };
}

function parameterOf(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  const value = at < 0 ? "" : text.slice(at + 1).trim();
  const bare = value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  return [(at < 0 ? text : text.slice(0, at)).trim().toUpperCase(), bare.trim()];
}
