import { clientId, type Endpoint } from "@jarvis/contract";
import { schemaOf } from "./openapi-schemas.ts";

type Json = Record<string, unknown>;

/** What a call takes in its path, its query and its headers. */
export function parameters(endpoint: Endpoint): Json[] {
  const path = endpoint.params ? parametersIn("path", endpoint.params) : [];
  const query = endpoint.query ? parametersIn("query", endpoint.query) : [];
  const headers = [
    ...(endpoint.errors.includes("changed") ? [ifMatch] : []),
    ...(endpoint.conditional ? [ifNoneMatch] : []),
    ...(endpoint.idempotent ? [idempotencyKey] : []),
  ];
  return [...path, ...query, ...headers];
}

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "A repeat with the same key and body within 24 hours creates nothing: it answers 200 and what the first call created, as it is now. Of the same user, method and path only.",
  schema: schemaOf(clientId, "input"),
};

const ifMatch = {
  name: "If-Match",
  in: "header",
  required: false,
  description: 'The version that the change is meant for, in quotes: `"3"`.',
  schema: { type: "string" },
};

const ifNoneMatch = {
  name: "If-None-Match",
  in: "header",
  required: false,
  description: "The `ETag` of the copy that the client has; while it is the present one, the answer is 304.",
  schema: { type: "string" },
};

function parametersIn(place: "path" | "query", schema: NonNullable<Endpoint["params"]>): Json[] {
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === "path" || !field.safeParse(undefined).success,
    description: field.description, // left out of the document where there is none
    schema: schemaOf(field, "input"),
  }));
}
