import { AppError } from "../../lib/app-error.ts";
import { nextTurn } from "../../lib/turn.ts";
import { PreconditionFailed } from "./errors.ts";
import { type Found, multistatus, propertiesResponse } from "./multistatus.ts";
import { dav, type Name } from "./names.ts";
import { findProperty, namesOf, type Subject } from "./properties.ts";
import { propertyNames } from "./property-names.ts";
import { hrefOf, type Resource } from "./resources.ts";
import type { Visit } from "./visit.ts";
import { childOf, type Element } from "./xml-read.ts";
import type { Tag } from "./xml-write.ts";

/** What is asked of each resource (RFC 4918, section 9.1). */
type Wanted =
  | { readonly kind: "names" }
  | { readonly kind: "all"; readonly also: readonly Name[] }
  | { readonly kind: "some"; readonly names: readonly Name[] };

/** `body` is null for an empty one, which asks for all. */
export async function propfind(
  visit: Visit,
  resource: Resource,
  depth: string | null,
  body: Element | null,
): Promise<Response> {
  // Without a depth, all that is below is meant.
  if (depth === null || depth === "infinity") throw new PreconditionFailed(dav("propfind-finite-depth"));
  if (depth !== "0" && depth !== "1") throw malformed("Depth is 0 or 1");
  const wanted = wantedBy(body);
  const subjects = [await subjectOf(visit, resource), ...(depth === "1" ? await below(visit, resource) : [])];
  const responses: Tag[] = [];
  for (const subject of subjects) {
    responses.push(await describe(subject, wanted));
    if (responses.length % 50 === 0) await nextTurn();
  }
  return multistatus(responses);
}

function malformed(detail: string): AppError {
  return new AppError("invalid_input", { detail });
}

function wantedBy(body: Element | null): Wanted {
  if (body === null) return { kind: "all", also: [] };
  if (body.name !== dav("propfind")) throw malformed("The body is no propfind");
  const prop = childOf(body, dav("prop"));
  if (prop !== undefined) return { kind: "some", names: propertyNames(prop) };
  if (childOf(body, dav("propname")) !== undefined) return { kind: "names" };
  if (childOf(body, dav("allprop")) === undefined) throw malformed("The propfind asks for nothing");
  const include = childOf(body, dav("include"));
  return { kind: "all", also: include === undefined ? [] : propertyNames(include) };
}

async function subjectOf(visit: Visit, resource: Resource): Promise<Subject> {
  const object = resource.kind === "object" ? ((await visit.object(resource.name)) ?? null) : null;
  return { visit, resource, object };
}

async function below(visit: Visit, { kind }: Resource): Promise<Subject[]> {
  if (kind === "root") return [await subjectOf(visit, { kind: "principal" })];
  if (kind === "principal") return [await subjectOf(visit, { kind: "calendar" })];
  if (kind === "object") return [];
  return (await visit.objects()).map((object) => ({
    visit,
    resource: { kind: "object", name: object.name },
    object,
  }));
}

async function describe(subject: Subject, wanted: Wanted): Promise<Tag> {
  const found: Found[] = [];
  for (const name of namesWanted(subject.resource, wanted))
    found.push([name, wanted.kind === "names" ? [] : await findProperty(subject, name)]);
  return propertiesResponse(hrefOf(subject.visit.user, subject.resource), found);
}

function namesWanted(resource: Resource, wanted: Wanted): readonly Name[] {
  if (wanted.kind === "some") return wanted.names;
  if (wanted.kind === "names") return namesOf(resource, "all");
  return [...new Set([...namesOf(resource, "common"), ...wanted.also])];
}
