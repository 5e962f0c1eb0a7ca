import { ListParameter } from "./in-list.ts";

/** What the driver takes. Text goes as it is: the server knows the type of each parameter from where it stands. */
export function bindAll(parameters: readonly unknown[]): (string | null | Uint8Array)[] {
  const bound: (string | null | Uint8Array)[] = [];
  for (let i = 0; i < parameters.length; i++) bound.push(bind(parameters[i], i));
  return bound;
}

// What SQLite's connection refuses is refused here, and booleans are 1 and 0 as they are there.
function bind(value: unknown, position: number): string | null | Uint8Array {
  if (typeof value === "string") return storable(value);
  if (value === null || value instanceof Uint8Array) return value;
  if (typeof value === "number" && isStorable(value)) return String(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof ListParameter && Array.isArray(value.values)) return arrayOf(value.values, position);
  throw new TypeError(`parameter ${position + 1} cannot be stored: ${describe(value)}`);
}

/** The server refuses U+0000 in a text; what has one is no text that the API takes, and matches nothing that is stored. */
function storable(text: string): string {
  return text.includes("\u0000") ? text.replaceAll("\u0000", "\uFFFD") : text;
}

function arrayOf(values: readonly unknown[], position: number): string {
  return `{${values.map((value) => element(value, position)).join()}}`;
}

function element(value: unknown, position: number): string {
  if (typeof value === "string") return `"${storable(value).replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"`;
  if (typeof value === "number" && isStorable(value)) return String(value);
  throw new TypeError(`parameter ${position + 1} has an element that cannot be stored: ${describe(value)}`);
}

function isStorable(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function describe(value: unknown): string {
  return typeof value === "number" ? "not a finite, exact number" : typeof value;
}

const readers = new Map<number, (text: string) => unknown>([
  [16, (text) => (text === "t" ? 1 : 0)], // bool
  [17, (text) => Uint8Array.fromHex(text.slice(2))], // bytea
  [20, Number], // int8
  [21, Number],
  [23, Number],
  [26, Number], // oid
  [700, Number],
  [701, Number],
  [1700, Number], // numeric, as sums of int8 are
]);

/** Rows read as SQLite's are: numbers, text, bytes and null. */
export const rowTypes = {
  getTypeParser: (oid: number) => readers.get(oid) ?? asText,
};

function asText(text: string): string {
  return text;
}
