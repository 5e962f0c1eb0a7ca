import { afterAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contract, type Endpoint } from "@jarvis/contract";
import { examples } from "@jarvis/contract/examples";
import { bundle } from "../build.ts";
import { createClient, JarvisError } from "../src/index.ts";

const directory = await mkdtemp(join(tmpdir(), "jarvis-bundle-"));
afterAll(() => rm(directory, { recursive: true }));
/** What applications import. */
const built = (await import(await bundle(directory))) as { createClient: typeof createClient };

interface Request {
  params?: object;
  query?: object;
  body?: object;
  document?: string;
  image?: string;
}

type Calls = Record<string, Record<string, (args: object) => Promise<unknown>>>;

/** What a client sends for a call with these arguments, and what it makes of the answer. */
async function sentBy(make: typeof createClient, feature: string, name: string, args: object) {
  const sent: unknown[] = [];
  const client = make({
    baseUrl: "http://jarvis.test",
    token: "t",
    async fetch(url, { method, headers, body }) {
      sent.push(url, method, headers, body);
      return Response.json({ response: [1], next_cursor: "2" });
    },
  });
  const got = await (client as unknown as Calls)[feature]?.[name]?.(args); // walks the contract as the client does
  return { sent, got: got instanceof Blob ? await got.text() : got };
}

const endpoints = Object.entries(contract).flatMap(([feature, group]) =>
  Object.entries(group)
    .filter(([, endpoint]: [string, Endpoint]) => !endpoint.redirect && !endpoint.events)
    .map(([name, endpoint]: [string, Endpoint]) => ({ feature, name, endpoint })),
);

test("what is built sends of every call the same as the sources do, without their schemas", async () => {
  const all = examples as unknown as Record<string, Record<string, { request: Request }>>;
  let called = 0;
  for (const { feature, name, endpoint } of endpoints) {
    const { params, query, body, document, image } = all[feature]?.[name]?.request ?? {};
    const whole = endpoint.bodyAs === undefined ? body : { [endpoint.bodyAs]: body };
    const picture = image === undefined ? {} : { image: new Blob([image]) };
    const inQuery = Object.fromEntries(Object.keys(endpoint.query?.shape ?? {}).map((key) => [key, "1"]));
    const file = document === undefined ? {} : { document };
    for (const args of [
      { ...params, ...query, ...whole, ...picture },
      { ...params, ...inQuery, ...whole, ...picture, ...file },
    ]) {
      const bySources = await sentBy(createClient, feature, name, args);
      expect(bySources.sent.length).toBe(4);
      expect(await sentBy(built.createClient, feature, name, args)).toEqual(bySources);
      called++;
    }
  }
  expect(called).toBeGreaterThan(150);
});

test("what is built has the words for every refusal", async () => {
  const refusing = built.createClient({
    baseUrl: "http://jarvis.test",
    fetch: async () => Response.json({ code: "sharing_off" }, { status: 409 }),
  });
  const refusal = await refusing.operations.health().catch((error: unknown) => error);
  expect(String(refusal)).toBe(String(new JarvisError("sharing_off", { status: 409 })));
});
