import { expect, test } from "bun:test";
import { commonErrors, contract, type Endpoint, errorTable } from "@jarvis/contract";
import { exampleOf } from "./openapi-examples.ts";
import { openapiDocument, openapiText } from "./openapi.ts";

type Node = Record<string, unknown>;
interface Operation {
  operationId: string;
  security: unknown[];
  parameters: { name: string; in: string; required: boolean; schema: Node }[];
  requestBody?: Node;
  responses: Record<string, Node>;
}

const document = JSON.parse(openapiText()) as Node & { paths: Record<string, Record<string, Operation>> };
const calls = Object.entries(contract).flatMap(([feature, group]) =>
  Object.entries<Endpoint>(group).map(([name, endpoint]) => ({ feature, name, endpoint })),
);

test("is an OpenAPI 3.1 document of this very contract, every call once", () => {
  expect(document["openapi"]).toBe("3.1.0");
  const ids = Object.values(document.paths).flatMap((item) =>
    Object.values(item).map((call) => call.operationId),
  );
  expect(ids.toSorted()).toEqual(calls.map(({ name }) => name).toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

test("every reference leads somewhere", () => {
  const references = nodes(document).flatMap((node) =>
    typeof node["$ref"] === "string" ? [node["$ref"]] : [],
  );
  expect(references.length).toBeGreaterThan(50);
  for (const reference of references) expect(resolve(reference), reference).toBeDefined();
});

test("says who may call, with what, and how it can fail", () => {
  for (const { name, endpoint } of calls) {
    const call = document.paths[endpoint.path]?.[endpoint.method.toLowerCase()];
    if (call === undefined) throw new Error(`${name} is missing`);
    expect(call.security).toEqual(endpoint.auth === "session" ? [{ bearer: [] }, { cookie: [] }] : []);
    expect(call.requestBody !== undefined).toBe(endpoint.body !== undefined || endpoint.upload !== undefined);
    const inPath = call.parameters
      .filter((parameter) => parameter.in === "path")
      .map((parameter) => parameter.name);
    expect(inPath.toSorted()).toEqual(
      [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").toSorted(),
    );
    expect(call.parameters.filter((parameter) => parameter.in === "path" && !parameter.required)).toEqual([]);
    const codes = [...endpoint.errors, ...commonErrors];
    const success = endpoint.redirect ? 303 : (endpoint.status ?? 200);
    const statuses = new Set<number>([success, endpoint.repeatStatus ?? success]);
    if (endpoint.conditional) statuses.add(304);
    for (const code of codes) {
      statuses.add(errorTable[code].status);
      expect(JSON.stringify(resolved(call.responses[errorTable[code].status]))).toContain(`"${code}"`);
    }
    const answered = [...[...statuses].map(String), ...(endpoint.redirect ? ["default"] : [])];
    expect(Object.keys(call.responses).toSorted()).toEqual(answered.toSorted());
  }
});

test("queries are optional where the contract leaves them open", () => {
  const search = document.paths["/user"]?.["get"]?.parameters ?? [];
  expect(search.map(({ name, required }) => [name, required])).toEqual([
    ["q", true],
    ["limit", false],
    ["cursor", false],
  ]);
});

test("tells nobody that a field is forbidden: clients and servers ignore what they do not know", () => {
  expect(nodes(document).filter((node) => node["additionalProperties"] === false)).toEqual([]);
});

test("carries no schema dialect or definitions of its own inside", () => {
  for (const key of ["$schema", "$defs", "$id"])
    expect(nodes(document).filter((node) => key in node)).toEqual([]);
});

test("accepts numbers as strings where the wire does", () => {
  const body = resolved(document.paths["/user/{id}/location"]?.["post"]?.requestBody);
  expect(JSON.stringify(body)).toContain(
    '"latitude":{"anyOf":[{"type":"number","minimum":-90,"maximum":90},{"type":"string"',
  );
});

test("shows the contract's example of every call: parameters, body and answer", () => {
  for (const { feature, name, endpoint } of calls.filter(
    ({ endpoint }) => !endpoint.redirect && !endpoint.events,
  )) {
    const call = document.paths[endpoint.path]?.[endpoint.method.toLowerCase()];
    const { request, response } = exampleOf(feature, name) ?? {};
    const answer = call?.responses[String(endpoint.status ?? 200)];
    if (endpoint.download === undefined)
      expect(contentOf(answer), name).toMatchObject({ example: { response } });
    expect(contentOf(call?.requestBody)?.["example"], name).toEqual(request?.body);
    const values = call?.parameters.flatMap((each) => ("example" in each ? [[each.name, each.example]] : []));
    expect(Object.fromEntries(values ?? []), name).toEqual({ ...request?.params, ...request?.query });
  }
});

test("is the same each time", () => {
  expect(JSON.stringify(openapiDocument())).toBe(openapiText());
});

function nodes(value: unknown): Node[] {
  if (value === null || typeof value !== "object") return [];
  const inner = Object.values(value).flatMap(nodes);
  return Array.isArray(value) ? inner : [value as Node, ...inner]; // an object that is no array
}

function contentOf(part: Node | undefined): Node | undefined {
  return (part?.["content"] as Record<string, Node> | undefined)?.["application/json"];
}

function resolve(reference: string): unknown {
  const path = reference.replace("#/", "").split("/");
  return path.reduce<unknown>(
    (value, key) => (value as Node | undefined)?.[key.replaceAll("~1", "/")],
    document,
  );
}

function resolved(node: Node | undefined): unknown {
  return typeof node?.["$ref"] === "string" ? resolve(node["$ref"]) : node;
}
