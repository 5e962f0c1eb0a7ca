import type { Endpoint } from "@jarvis/contract";
import type { z } from "zod";
import { AppError } from "../lib/app-error.ts";
import { parseWith } from "./parse.ts";

type QuerySchema = NonNullable<Endpoint["query"]>;

/** Parses the query of a URL. A parameter given twice says two things, so it is refused unless it is a list; unknown ones are ignored. */
export function parseQuery(schema: QuerySchema, url: string): z.output<QuerySchema> {
  const start = url.indexOf("?");
  return parseWith(schema, start < 0 ? {} : valuesOf(schema, url.slice(start + 1)), "query");
}

function valuesOf(schema: QuerySchema, query: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (!Object.hasOwn(schema.shape, name)) continue;
    const value = decode(equals < 0 ? "" : part.slice(equals + 1));
    if (takesMany(schema.shape[name])) {
      const known = values[name];
      values[name] = [...(Array.isArray(known) ? known : []), value];
      continue;
    }
    if (Object.hasOwn(values, name))
      throw new AppError("invalid_input", { detail: `query: ${name} is given twice` });
    values[name] = value;
  }
  return values;
}

const lists = new WeakMap<z.ZodType, boolean>();

/** A parameter declared as a list says one thing each time. */
function takesMany(field: z.ZodType | undefined): boolean {
  if (field === undefined) return false;
  const known = lists.get(field) ?? field.safeParse([]).success;
  lists.set(field, known);
  return known;
}

/** `application/x-www-form-urlencoded`: a plus is a space, the rest is percent-encoded UTF-8. */
function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new AppError("invalid_input", { detail: "The query is not valid percent-encoded UTF-8" });
  }
}
