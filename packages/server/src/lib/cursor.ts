import type { z } from "zod";
import { AppError } from "./app-error.ts";

/** Where a list goes on, as text that is opaque to clients: base64url of JSON. */
export function encodeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Reads a cursor back. One of another list, or made up, is `invalid_input`: the schema tells them apart. */
export function decodeCursor<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new AppError("invalid_input", {
    detail: "The cursor is not one of this list",
    errors: [{ path: "query.cursor", message: "is not a cursor of this list" }],
  });
}

/**
 * A page of rows of which one more than `size` was asked for: the page itself, and a cursor made of its last row's
 * place where that one more was there.
 */
export function cutPage<Row>(
  rows: readonly Row[],
  size: number,
  placeOf: (last: Row) => unknown,
): { shown: Row[]; nextCursor: string | undefined } {
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  return { shown, nextCursor: last && encodeCursor(placeOf(last)) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined; // no schema accepts it, so that it is refused with the others
  }
}
