import { type Name, namespaces, partsOf } from "./names.ts";

export interface Tag {
  readonly name: Name;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Node[];
}

/** Text is escaped when it is written. */
export type Node = string | Tag;

export function tag(
  name: Name,
  children: readonly Node[] = [],
  attributes: Readonly<Record<string, string>> = {},
): Tag {
  return { name, attributes, children };
}

const prefixes = new Map<string, string>(Object.entries(namespaces).map(([prefix, uri]) => [uri, prefix]));
const declarations = Object.entries(namespaces)
  .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
  .join("");

/** A whole document. */
export function toXml(root: Tag): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${write(root, declarations)}`;
}

function write({ name, attributes, children }: Tag, declared = ""): string {
  const { namespace, local } = partsOf(name);
  const prefix = prefixes.get(namespace);
  const called = prefix === undefined ? local : `${prefix}:${local}`;
  // A namespace that only the client knows is declared where it is used.
  const foreign = prefix === undefined ? ` xmlns="${escapeXml(namespace)}"` : "";
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const start = `${called}${declared}${foreign}${given.join("")}`;
  if (children.length === 0) return `<${start}/>`;
  const inner = children.map((child) => (typeof child === "string" ? escapeXml(child) : write(child)));
  return `<${start}>${inner.join("")}</${called}>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // A reader turns CR LF into LF (XML 1.0, section 2.11), which would end no line of iCalendar.
  "\r": "&#13;",
};

/** What XML cannot hold at all (section 2.2) is shown as a replacement character. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"\r]/g, (character) => entities[character] ?? character)
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}");
}
