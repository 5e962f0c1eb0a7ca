import type { UserId } from "@jarvis/contract";

/**
 * What there is below `/dav/` for one person: the root, in it the person, who is their own home, in it one calendar,
 * in it an object for each event or series.
 */
export type Resource =
  | { readonly kind: "root" }
  | { readonly kind: "principal" }
  | { readonly kind: "calendar" }
  | { readonly kind: "object"; readonly name: string };

export type Kind = Resource["kind"];

export const davRoot = "/dav/";
export const davMethods = ["OPTIONS", "GET", "HEAD", "PROPFIND", "REPORT"] as const;
const calendarName = "events";

/** Of what is another person's there is nothing. */
export function resourceAt(path: string, user: UserId): Resource | null {
  if (path !== "/dav" && !path.startsWith(davRoot)) return null;
  const names = namesIn(path.slice(davRoot.length));
  if (names === null) return null;
  const [person, calendar, name, ...rest] = names;
  if (person === undefined) return { kind: "root" };
  if (person !== user) return null;
  if (calendar === undefined) return { kind: "principal" };
  if (calendar !== calendarName || rest.length > 0) return null;
  return name === undefined ? { kind: "calendar" } : { kind: "object", name };
}

/** The parts of a path; a slash may end it. Null when a part is empty or no text. */
function namesIn(path: string): string[] | null {
  const parts = path.split("/");
  if (parts.at(-1) === "") parts.pop();
  try {
    const names = parts.map(decodeURIComponent);
    return names.includes("") ? null : names;
  } catch {
    return null;
  }
}

export function hrefOf(user: UserId, resource: Resource): string {
  if (resource.kind === "root") return davRoot;
  const home = `${davRoot}${user}/`;
  if (resource.kind === "principal") return home;
  const calendar = `${home}${calendarName}/`;
  return resource.kind === "calendar" ? calendar : calendar + encodeURIComponent(resource.name);
}
