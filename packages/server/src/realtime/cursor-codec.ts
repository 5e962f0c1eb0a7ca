import { realtimeLimits } from "@jarvis/contract";

/** A cursor taken apart. */
export interface Place {
  readonly owner: Buffer;
  /** There were more streams than it has room for. */
  readonly isPartial: boolean;
  /** Stream keys, each with the number of the last entry heard. */
  readonly points: Iterable<readonly [key: string, seq: number]>;
}

/** Bytes of a stream's key, one character each. */
export const keyLength = 6;
const version = 1;
const partial = 1;
const headLength = 2;
/** Of a number up to 2^53, seven bits a byte. */
const maxNumberLength = 8;

/** Version, flags, owner, then every key with its number: binary, because it travels with every entry. */
export function encodePlace({ owner, isPartial, points }: Place): string {
  const room = realtimeLimits.cursorStreams * (keyLength + maxNumberLength);
  const bytes = Buffer.allocUnsafe(headLength + owner.length + room);
  bytes[0] = version;
  bytes[1] = isPartial ? partial : 0;
  let at = headLength + owner.copy(bytes, headLength);
  for (const [key, seq] of points) {
    at += bytes.write(key, at, "latin1");
    at = writeNumber(bytes, at, seq);
  }
  return bytes.toString("base64url", 0, at);
}

/** Null for whatever this server cannot have written. */
export function decodePlace(text: string, ownerLength: number): Place | null {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) return null;
  let at = headLength + ownerLength;
  const flags = bytes[1] ?? partial + 1;
  if (bytes[0] !== version || flags > partial || bytes.length < at) return null;
  const points = new Map<string, number>();
  while (at < bytes.length) {
    const key = bytes.toString("latin1", at, at + keyLength);
    const number = readNumber(bytes, at + keyLength);
    if (number === null || points.has(key)) return null;
    points.set(key, number.value);
    at = number.end;
  }
  if (points.size > realtimeLimits.cursorStreams) return null;
  return {
    owner: bytes.subarray(headLength, headLength + ownerLength),
    isPartial: flags === partial,
    points,
  };
}

/** Seven bits a byte, the lowest first; all but the last byte have the high bit set. */
function writeNumber(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) + 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}

function readNumber(bytes: Buffer, start: number): { value: number; end: number } | null {
  let value = 0;
  let weight = 1;
  for (let at = start; at < start + maxNumberLength; at++) {
    const byte = bytes[at];
    if (byte === undefined) return null;
    value += (byte % 0x80) * weight;
    weight *= 0x80;
    if (byte >= 0x80) continue;
    const isShortest = byte > 0 || at === start;
    return isShortest && Number.isSafeInteger(value) ? { value, end: at + 1 } : null;
  }
  return null;
}
