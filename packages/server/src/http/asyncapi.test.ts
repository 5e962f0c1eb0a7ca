import { expect, test } from "bun:test";
import { clientFrame, closeCodes, entryData, serverFrame } from "@jarvis/contract";
import { asyncapiDocument } from "./asyncapi.ts";

type Node = Record<string, unknown>;
interface Message {
  payload: { properties: Record<string, Node> };
  summary: string;
  examples: { payload: Node }[];
}
interface Document extends Node {
  servers: { here: Node };
  channels: Record<"realtime" | "sse", { address: string; description: string; messages: Node }>;
  operations: Record<string, { action: string; reply?: Node }>;
  components: { messages: Record<string, Message>; schemas: Node };
}

// What JSON cannot carry is lost here as on the wire.
const document = JSON.parse(JSON.stringify(asyncapiDocument("http://localhost:3000"))) as Document;
const { messages } = document.components;

test("every frame of the contract, and every kind of entry, is one message of the socket, and what a server sends is one of the event stream", () => {
  const types = ({ options }: typeof clientFrame | typeof serverFrame) =>
    options.map(({ shape }) => shape.type.value);
  const expected = [
    ...types(clientFrame).map((type) => `client.${type}`),
    ...types(serverFrame).map((type) => `server.${type}`),
    ...Object.keys(entryData).map((kind) => `entry.${kind}`),
  ];
  expect(Object.keys(messages)).toEqual(expected);
  expect(Object.keys(document.channels.realtime.messages)).toEqual(expected);
  expect(document.channels.realtime.address).toBe("/realtime");
  const { sse } = document.channels;
  expect(sse.address).toBe("/realtime/sse");
  expect(Object.keys(sse.messages)).toEqual(expected.filter((name) => !name.startsWith("client.")));
});

test("every message says what it is for, and its example has the type and the fields of its schema", () => {
  for (const [name, { payload, summary, examples }] of Object.entries(messages)) {
    expect(summary.length, name).toBeGreaterThan(10);
    const example = examples[0]?.payload ?? {};
    expect(example["type"], name).toBe(payload.properties["type"]?.["const"]);
    for (const field of Object.keys(example)) expect(Object.keys(payload.properties), name).toContain(field);
  }
});

test("an entry's message fixes its kind and describes its data", () => {
  const { properties } = messages["entry.rsvp"]?.payload ?? { properties: {} };
  expect(properties["kind"]).toMatchObject({ const: "rsvp" });
  expect(Object.keys((properties["data"]?.["properties"] ?? {}) as Node)).toEqual([
    "user",
    "username",
    "rsvp",
    "event",
  ]);
});

test("the server receives what clients send, and sends the rest", () => {
  const receiving = Object.entries(document.operations).filter(([, { action }]) => action === "receive");
  expect(receiving.map(([name]) => name)).toEqual(clientFrame.options.map(({ shape }) => shape.type.value));
  expect(document.operations["tell"]?.action).toBe("send");
  expect(document.operations["stream"]?.action).toBe("send");
  expect(JSON.stringify(document.operations["send"]?.reply)).toContain("messages/server.ack");
});

test("names every close code, and where and how to connect", () => {
  for (const code of Object.values(closeCodes))
    expect(document.channels.realtime.description).toContain(`| ${code} |`);
  expect(document.servers.here).toMatchObject({ host: "localhost:3000", protocol: "ws" });
  expect(asyncapiDocument("https://jarvis.example")["servers"]).toMatchObject({
    here: { host: "jarvis.example", protocol: "wss" },
  });
});

test("every reference leads somewhere, and no schema is there in vain", () => {
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(references.length).toBeGreaterThan(60);
  for (const reference of references) {
    const target = reference
      .split("/")
      .reduce<unknown>((node, key) => (node as Node | undefined)?.[key], document);
    expect(target, reference).toBeDefined();
  }
  for (const name of Object.keys(document.components.schemas))
    expect(references).toContain(`components/schemas/${name}`);
});
