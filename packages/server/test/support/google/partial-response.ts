import type { Json } from "../world.ts";

/** A partial response: `fields=a,items(b,c(d))` leaves everything else out, as Google's APIs do. */
export function partialResponse(value: Json, selector: string | null): Json {
  if (selector === null) return value;
  const [selection, rest] = parse(selector);
  if (rest !== "") throw new Error(`not a selector: ${selector}`);
  return pick(value, selection);
}

type Selection = Map<string, Selection | null>;

function parse(text: string): [Selection, string] {
  const selection: Selection = new Map();
  let rest = text;
  for (;;) {
    const name = /^\w+/.exec(rest)?.[0];
    if (name === undefined) throw new Error(`not a selector: ${text}`);
    rest = rest.slice(name.length);
    let inner: Selection | null = null;
    if (rest.startsWith("(")) {
      [inner, rest] = parse(rest.slice(1));
      rest = rest.slice(1);
    }
    selection.set(name, inner);
    if (!rest.startsWith(",")) return [selection, rest];
    rest = rest.slice(1);
  }
}

function pick(value: Json, selection: Selection): Json {
  if (Array.isArray(value)) return value.map((one) => pick(one, selection));
  const picked: Record<string, Json> = {};
  for (const [name, inner] of selection) {
    if (value[name] !== undefined) picked[name] = inner === null ? value[name] : pick(value[name], inner);
  }
  return picked;
}
