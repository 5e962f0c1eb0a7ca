import type { Json } from "./world.ts";

/** The same value with every text, and every part of a text, that is a key of `by` replaced. Keys of objects too. */
export function substitute(value: Json, by: ReadonlyMap<string, string>): Json {
  let text = JSON.stringify(value);
  for (const [from, to] of by) text = text.replaceAll(from, to);
  return JSON.parse(text);
}

/**
 * Walks an answer beside its example: where the example has one of its own ids and the answer another text, that is
 * what this server made for it. What is known already stays.
 */
export function learn(
  example: Json,
  actual: Json,
  own: ReadonlySet<string>,
  made: Map<string, string>,
): void {
  if (typeof example === "string") {
    if (typeof actual === "string") learnText(example, actual, own, made);
  } else if (
    typeof example === "object" &&
    example !== null &&
    typeof actual === "object" &&
    actual !== null
  ) {
    for (const [key, value] of Object.entries(example)) learn(value, actual[key], own, made);
  }
}

/** One of the example's own ids may be a part of a text, as in an address. */
function learnText(
  example: string,
  actual: string,
  own: ReadonlySet<string>,
  made: Map<string, string>,
): void {
  const id = own.has(example) ? example : [...own].find((part) => example.includes(part));
  if (id === undefined || made.has(id)) return;
  const [before = "", after = ""] = example.split(id);
  if (actual.startsWith(before) && actual.endsWith(after))
    made.set(id, actual.slice(before.length, actual.length - after.length));
}

export function reversed(map: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...map].map(([from, to]) => [to, from]));
}
