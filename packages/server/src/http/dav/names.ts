/** A name of XML with its namespace, as `{namespace}local`: what prefix a document uses for it means nothing. */
export type Name = `{${string}}${string}`;

export const namespaces = {
  D: "DAV:",
  C: "urn:ietf:params:xml:ns:caldav",
  CS: "http://calendarserver.org/ns/",
} as const;

export const dav = (local: string): Name => `{${namespaces.D}}${local}`;
export const caldav = (local: string): Name => `{${namespaces.C}}${local}`;
export const calendarServer = (local: string): Name => `{${namespaces.CS}}${local}`;

/** Splits at the last brace: a namespace may hold braces, a local name cannot. */
export function partsOf(name: Name): { namespace: string; local: string } {
  const end = name.lastIndexOf("}");
  return { namespace: name.slice(1, end), local: name.slice(end + 1) };
}
