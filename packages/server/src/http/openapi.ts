import {
  commonErrors,
  type Contract,
  contract,
  type Endpoint,
  type ErrorCode,
  errorTable,
  problem,
  rates,
} from "@jarvis/contract";
import { exampleOf, withExample } from "./openapi-examples.ts";
import { parameters } from "./openapi-parameters.ts";
import { componentSchemas, schemaOf } from "./openapi-schemas.ts";
import { version } from "./version.ts";

type Json = Record<string, unknown>;

const tags: Readonly<Record<keyof Contract, string>> = {
  accounts: "Who somebody is: sign-up, sign-in, profile, settings, search",
  access: "What proves who somebody is and acts for them: issuers, passkeys, passwords, sessions",
  friends: "Requests, friendships and blocks",
  events: "What a group meets for: time, place, people and their answers",
  schedule: "When a group is free, for those to whom each person has consented",
  polls: "Finding the time of an event: times are offered, people say which suit them, one is chosen",
  chat: "The chat of an event: messages are stored durably, in order and without gaps",
  photos: "Pictures in a chat, without what cameras write into them, for whoever may read the message",
  calendars: "Calendars of elsewhere: the times alone in which somebody is busy, for finding a time",
  location: "Who is where around an event, for those to whom each person has consented",
  devices: "Phones that report where the caller is, with apps that others make",
  meeting:
    "Where a group may meet so that nobody is long on the way, from what people say of where they set out",
  feeds: "The own calendar, for programs that subscribe to calendars",
  streams:
    "What happens, as it happens, over plain HTTP; `/asyncapi.json` describes the WebSocket and every frame",
  privacy: "All that is held about the caller: take it along, or have it erased",
  operations: "Whether the server lives and is ready",
};

let rendered: string | undefined;

/** The contract as an OpenAPI 3.1 document. It never changes while the server runs, so it is made once. */
export function openapiText(): string {
  rendered ??= JSON.stringify(openapiDocument());
  return rendered;
}

export function openapiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const [feature, group] of Object.entries(contract)) {
    for (const [name, endpoint] of Object.entries<Endpoint>(group)) {
      const path = (paths[endpoint.path] ??= {});
      path[endpoint.method.toLowerCase()] = withExample(
        operation(feature, name, endpoint),
        exampleOf(feature, name),
      );
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Jarvis",
      version,
      summary: "Gets a group of friends to the same place at the same time",
      description:
        "Find a time, invite, agree, chat, travel seeing who is late, arrive: on one event with one membership. Success answers `{response}`, failure a problem document (RFC 9457). What the caller may not see answers 404, as if it did not exist. Clients ignore fields, codes and values that they do not know. Calendar programs read a person's events over CalDAV at `/dav/` (RFC 4791), which is not part of this document.",
      contact: { name: "The Jarvis project" },
      license: { name: "AGPL-3.0-or-later", identifier: "AGPL-3.0-or-later" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A session token, or an ID token" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-jarvis",
          description:
            "The session of a browser (`jarvis` on plain http). A bearer wins over it. Every method but GET and HEAD needs the server's own `Origin` with it: absent or foreign answers 403 `forbidden`.",
        },
      },
      schemas: { ...componentSchemas(), problem: schemaOf(problem, "output") },
      responses: Object.fromEntries(
        statuses(commonErrors).map(([status, codes]) => [`problem${status}`, failure(codes)]),
      ),
    },
  };
}

function operation(feature: string, name: string, endpoint: Endpoint): Json {
  return {
    operationId: name,
    tags: [feature],
    summary: endpoint.summary,
    description: description(endpoint),
    security: endpoint.auth === "session" ? [{ bearer: [] }, { cookie: [] }] : [],
    parameters: parameters(endpoint),
    ...(endpoint.body ? { requestBody: requestBody(endpoint.body, endpoint.document?.type) } : {}),
    ...(endpoint.upload ? { requestBody: { required: true, content: binary(endpoint.upload) } } : {}),
    responses: { ...successes(endpoint), ...failures(endpoint) },
  };
}

function description(endpoint: Endpoint): string {
  const rate = endpoint.rate ? rates[endpoint.rate] : undefined;
  const limit = rate && `At most ${rate.points} calls in ${rate.seconds} s for each ${rate.by}.`;
  return [endpoint.description, endpoint.access.who, limit].filter((part) => part !== undefined).join("\n\n");
}

function requestBody(body: NonNullable<Endpoint["body"]>, document: string | undefined): Json {
  const json = { "application/json": { schema: schemaOf(body, "input") } };
  const text = document === undefined ? {} : { [document]: { schema: { type: "string" } } };
  return { required: true, content: { ...json, ...text } };
}

/** Bytes as they are, of one of these types; what is text is a plain string. */
function binary(types: readonly string[]): Json {
  const schemaFor = (type: string) =>
    type.startsWith("text/") ? { type: "string" } : { type: "string", format: "binary" };
  return Object.fromEntries(types.map((type) => [type, { schema: schemaFor(type) }]));
}

function successes(endpoint: Endpoint): Json {
  if (endpoint.download) return downloads(endpoint, endpoint.download);
  if (endpoint.redirect) {
    const onward = { description: "The browser goes on to `Location`" };
    return { 303: onward, default: { description: "It has nowhere to go: a problem document" } };
  }
  if (endpoint.events) {
    const stream = { "text/event-stream": { schema: schemaOf(endpoint.response, "output") } };
    return {
      200: {
        description: "Events, one after another; the schema is that of each one's data",
        content: stream,
      },
    };
  }
  const answer = {
    type: "object",
    required: ["response"],
    properties: {
      response: schemaOf(endpoint.response, "output"),
      ...(endpoint.paged
        ? { next_cursor: { type: "string", description: "Given while there is more" } }
        : {}),
    },
  };
  const content = { "application/json": { schema: answer } };
  const first = { [endpoint.status ?? 200]: { description: "Done", content } };
  if (endpoint.repeatStatus === undefined) return first;
  return { ...first, [endpoint.repeatStatus]: { description: "Done before: the same again", content } };
}

function downloads({ conditional }: Endpoint, types: readonly string[]): Json {
  const bytes = { description: "The bytes", content: binary(types) };
  if (!conditional) return { 200: bytes };
  const headers = { ETag: { description: "For `If-None-Match`", schema: { type: "string" } } };
  return {
    200: { ...bytes, headers },
    304: { description: "What the client has is the present one", headers },
  };
}

function failures(endpoint: Endpoint): Json {
  const own = new Set(endpoint.errors.map((code) => errorTable[code].status));
  const all = statuses([...new Set([...endpoint.errors, ...commonErrors])]);
  return Object.fromEntries(
    all.map(([status, codes]) => [
      status,
      own.has(errorTable[codes[0]].status)
        ? failure(codes)
        : { $ref: `#/components/responses/problem${status}` },
    ]),
  );
}

type Codes = [ErrorCode, ...ErrorCode[]];

function statuses(codes: readonly ErrorCode[]): [status: string, codes: Codes][] {
  const byStatus = new Map<string, Codes>();
  for (const code of codes) {
    const status = String(errorTable[code].status);
    const known = byStatus.get(status);
    if (known) known.push(code);
    else byStatus.set(status, [code]);
  }
  return [...byStatus];
}

function failure(codes: Codes): Json {
  const code = { properties: { code: { enum: codes } } };
  return {
    description: codes.map((name) => `\`${name}\`: ${errorTable[name].title}`).join("\n\n"),
    content: {
      "application/problem+json": { schema: { allOf: [{ $ref: "#/components/schemas/problem" }, code] } },
    },
  };
}
