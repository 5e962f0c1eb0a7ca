import { expect, test } from "bun:test";
import { parseBusUrl } from "./bus-target.ts";

const plain = { kind: "single", tls: false, username: undefined, password: undefined, db: 0 } as const;
const local = [{ host: "localhost", port: 6379 }];

test.each([
  ["redis://localhost", { ...plain, nodes: local }],
  ["redis://localhost:6380/3", { ...plain, nodes: [{ host: "localhost", port: 6380 }], db: 3 }],
  [
    "rediss://me:p%40ss@valkey.example:1",
    {
      ...plain,
      nodes: [{ host: "valkey.example", port: 1 }],
      tls: true,
      username: "me",
      password: "p@ss",
    },
  ],
  ["redis://:word@localhost", { ...plain, nodes: local, password: "word" }],
  ["redis://[::1]:7000", { ...plain, nodes: [{ host: "::1", port: 7000 }] }],
  ["redis://localhost?cluster", { ...plain, nodes: local, kind: "cluster" }],
  [
    "redis://a:1,b:2",
    {
      ...plain,
      kind: "cluster",
      nodes: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
    },
  ],
] as const)("%s", (text, target) => expect(parseBusUrl(text)).toEqual(target as never));

test.each([
  "nats://a",
  "redis://",
  "redis://a:99999",
  "redis://a/x",
  "redis://a,b/2",
  "redis://a?other",
  "a:1",
  "redis://%zz@a",
])("%s is none", (text) => expect(parseBusUrl(text)).toBeNull());
