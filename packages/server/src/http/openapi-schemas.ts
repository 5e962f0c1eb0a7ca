import * as shared from "@jarvis/contract";
import { z } from "zod";

type Json = Record<string, unknown>;

/** Answers that several calls share, by the name that the document gives them. */
const named = {
  event: shared.event,
  message: shared.message,
  userRef: shared.userRef,
  profile: shared.profile,
  signedIn: shared.signedIn,
  chatInfo: shared.chatInfo,
  sharing: shared.sharing,
  positionRow: shared.positionRow,
  poll: shared.poll,
  suggestion: shared.suggestion,
  availability: shared.availability,
  calendar: shared.calendar,
} as const satisfies Record<string, z.ZodType>;

const registry = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });

export function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(registry, {
    ...options("output"),
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIds(schema)]));
}

/** JSON Schema of what a client sends (`input`) or receives (`output`); shared answers become references. */
export function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const made = z.toJSONSchema(schema, {
    ...options(io),
    metadata: io === "output" ? registry : z.registry<{ id: string }>(),
  });
  const { $schema: _, $defs: __, ...rest } = made;
  return pointToComponents(withoutIds(rest));
}

function options(io: "input" | "output") {
  return {
    io,
    unrepresentable: "any",
    // Clients must ignore fields that they do not know, so none is ever forbidden.
    override: ({ jsonSchema }: { jsonSchema: Json }) => {
      if (jsonSchema["additionalProperties"] === false) delete jsonSchema["additionalProperties"];
    },
  } as const;
}

function withoutIds(schema: object): Json {
  const { $schema: _, $id: __, id: ___, ...rest } = schema as Json;
  return rest;
}

function pointToComponents(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
