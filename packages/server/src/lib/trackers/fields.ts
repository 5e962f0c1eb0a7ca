import type { Json } from "./json.ts";
import type { Sent } from "./types.ts";

/** What is asked by a name: the last value that stands there, `undefined` where none does. */
export type Fields = (name: string) => unknown;

/** No app's form comes near this; a larger body is none. */
const formBytes = 64 * 1024;

/** Query and form body together, names in any case. What stands in the query wins. */
export function fieldsOf(sent: Sent): Fields {
  const values = new Map<string, string>();
  if (sent.body.byteLength > 0 && sent.body.byteLength <= formBytes) {
    collect(values, new URLSearchParams(new TextDecoder().decode(sent.body).trim()));
  }
  collect(values, sent.query);
  return (name) => values.get(name);
}

export function fieldsOfQuery(query: URLSearchParams): Fields {
  const values = new Map<string, string>();
  collect(values, query);
  return (name) => values.get(name);
}

/** The fields of a flat JSON object, names in any case. */
export function fieldsOfObject(object: Json): Fields {
  const values = new Map(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => values.get(name);
}

/** The first of these names under which something stands. */
export function anyOf(fields: Fields, names: readonly string[]): unknown {
  for (const name of names) {
    const value = fields(name);
    if (value !== undefined && value !== null && value !== "") return value;
  }
  return undefined;
}

/** Whether the body looks like JSON, whatever its header says: apps and people's own templates get that wrong. */
export function looksLikeJson(sent: Sent): boolean {
  for (const byte of sent.body.subarray(0, 64)) {
    if (byte === 0x7b || byte === 0x5b) return true;
    const blank = byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
    const mark = byte === 0xef || byte === 0xbb || byte === 0xbf;
    if (!blank && !mark) return false;
  }
  return false;
}

function collect(into: Map<string, string>, from: URLSearchParams): void {
  for (const [name, value] of from) into.set(name.toLowerCase(), value);
}
