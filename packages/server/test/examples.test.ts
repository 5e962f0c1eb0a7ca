import { expect, test } from "bun:test";
import { contract, type Endpoint } from "@jarvis/contract";
import { examples, ids, token } from "@jarvis/contract/examples";
import { version } from "../src/http/version.ts";
import { type Scene, scenes, setUp } from "./support/scenes.ts";
import { learn, reversed, substitute } from "./support/substitute.ts";
import type { Json } from "./support/world.ts";

/** What the examples call by names of their own. */
const own = new Set<string>([...Object.values(ids), token]);

interface Case {
  name: string;
  endpoint: Endpoint;
  example: { request: Json; response: Json };
  scene: Scene;
}

/** The same two keys lead to endpoint, example and scene: their types have been checked against the contract. */
const cases = Object.entries(contract).flatMap(([feature, endpoints]) =>
  Object.entries<Endpoint>(endpoints)
    .filter(([, endpoint]) => !endpoint.redirect && !endpoint.events)
    .map(([name, endpoint]): Case => {
      const example = (examples as Json)[feature]?.[name];
      const scene = (scenes as Json)[feature]?.[name];
      return { name: `${feature}.${name}`, endpoint, example, scene };
    }),
);

test("every endpoint has an example and a scene for it", () => {
  expect(cases.length).toBeGreaterThan(40);
  const without = cases.filter(({ example, scene }) => example === undefined || scene === undefined);
  expect(without.map(({ name }) => name)).toEqual([]);
});

for (const each of cases) {
  test(`the example of ${each.name} is what a server answers`, async () => {
    await using evening = await setUp(each.scene);
    const { made, world } = evening;
    const { caller } = each.scene;
    const { params, query, body: json, image, document } = substitute(each.example.request, made);
    const body =
      image !== undefined
        ? Uint8Array.fromBase64(image)
        : document === undefined
          ? json
          : new Blob([document], { type: each.endpoint.document?.type ?? "" });
    const asking = caller === "nobody" ? world : evening[caller];
    const answer = await asking.call(each.endpoint.method, address(each.endpoint, params, query), body);
    expect({ status: answer.status, code: answer.body["code"] }).toEqual({
      status: each.endpoint.status ?? 200,
      code: undefined,
    });
    if (each.endpoint.download !== undefined) {
      expect(answer.headers.get("content-type")?.replace("; charset=utf-8", "")).toBe(
        each.example.response.type,
      );
      expect(each.endpoint.download).toContain(each.example.response.type);
      const headers = { "if-none-match": answer.headers.get("etag") ?? "none" };
      const again = await asking.call("GET", address(each.endpoint, params, query), undefined, headers);
      expect(again.status).toBe(each.endpoint.conditional ? 304 : 200);
      const { text } = each.example.response;
      if (text === undefined) return;
      const actual = new TextDecoder().decode(answer.bytes);
      learn(text, actual, own, made);
      return expect(substitute(actual, reversed(made))).toBe(text);
    }
    learn(each.example.response, answer.response, own, made);
    made.set("0.1.0", version); // which a release changes
    expect(substitute(answer.response, reversed(made))).toEqual(each.example.response);
  });
}

test("no example has a field that its schema does not know", () => {
  for (const { name, endpoint, example } of cases) {
    const { params, query, body, image } = example.request;
    expect(endpoint.upload !== undefined, name).toBe(image !== undefined);
    for (const [schema, value] of [
      [endpoint.params, params],
      [endpoint.query, query],
      [endpoint.body, body],
      [endpoint.download ? undefined : endpoint.response, example.response],
    ] as const) {
      if (value === undefined || schema === undefined) continue;
      const parsed = schema?.safeParse(value);
      expect(parsed?.success, name).toBe(true);
      if (typeof value !== "object") continue;
      expect(Object.keys(Object(parsed?.data)).toSorted(), name).toEqual(Object.keys(value).toSorted());
    }
  }
});

function address({ path }: Endpoint, params: Record<string, string> = {}, query?: Record<string, string>) {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  return query === undefined ? filled : `${filled}?${new URLSearchParams(query).toString()}`;
}
