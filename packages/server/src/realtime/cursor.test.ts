import { expect, test } from "bun:test";
import { realtimeLimits } from "@jarvis/contract";
import * as fc from "fast-check";
import { AppError } from "../lib/app-error.ts";
import { Cursor } from "./cursor.ts";
import { encode, encodeEntry, factsOf } from "./frames.ts";

const ada = { user: "ada", epoch: "one" };

function heads(count: number, seq = 7): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`event:${index}`, seq]));
}

test("stands for what was heard, and for nobody else and no other history", () => {
  const cursor = new Cursor(ada, null);
  expect(cursor.begin({ "event:a": 3, "event:b": 0 })).toMatchObject({ resume: {}, resetsRest: false });
  cursor.move("event:b", 300);
  const text = cursor.encode();
  const now = { "event:a": 9, "event:b": 400, "event:new": 5 };
  expect(new Cursor(ada, text).begin(now)).toEqual({
    resume: { "event:a": 3, "event:b": 300 },
    sameEpoch: true,
    resetsRest: false,
  });
  for (const other of [
    { ...ada, user: "bob" },
    { ...ada, epoch: "two" },
  ])
    expect(new Cursor(other, text).begin(now)).toMatchObject({ resume: {}, resetsRest: true });
});

test("keeps the streams that changed last where there are too many, and says that some are missing", () => {
  const cursor = new Cursor(ada, null);
  const all = heads(realtimeLimits.cursorStreams + 1);
  cursor.begin(all);
  cursor.move("event:0", 8);
  const again = new Cursor(ada, cursor.encode());
  const { resume, resetsRest } = again.begin(all);
  expect(resetsRest).toBe(true);
  expect(Object.keys(resume).length).toBe(realtimeLimits.cursorStreams);
  expect([resume["event:0"], resume["event:1"]]).toEqual([8, undefined]);
  again.begun();
  again.move("event:1", 7);
  expect(new Cursor(ada, again.encode()).begin(all).resetsRest).toBe(true);
  const full = new Cursor(ada, null);
  full.begin(heads(realtimeLimits.cursorStreams));
  expect(new Cursor(ada, full.encode()).begin(all).resetsRest).toBe(false);
});

test("fits into a header that proxies take, with as many streams as it may have", () => {
  const cursor = new Cursor(ada, null);
  cursor.begin(heads(realtimeLimits.cursorStreams, 16_000));
  expect(cursor.encode().length).toBeLessThan(6_000);
});

test("comes back as it was, whatever the numbers", () => {
  const seqs = fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { maxLength: 20 });
  fc.assert(
    fc.property(seqs, (numbers) => {
      const points = Object.fromEntries(numbers.map((seq, index) => [`event:${index}`, seq]));
      const cursor = new Cursor(ada, null);
      cursor.begin(points);
      expect(new Cursor(ada, cursor.encode()).begin(points).resume).toEqual(points);
    }),
  );
});

test("case 7: what no server has written is refused as such, however near it comes", () => {
  const cursor = new Cursor(ada, null);
  cursor.begin({ "event:a": 3, "event:b": 200 });
  const text = cursor.encode();
  const bytes = Buffer.from(text, "base64url");
  const refused = [
    "NaN",
    "-1",
    "9007199254740992",
    `${text}=`,
    ` ${text}`,
    text.slice(0, -1),
    Buffer.concat([bytes, Buffer.from("abcdef")]).toString("base64url"), // a key without a number
    Buffer.concat([bytes, Buffer.from("abcdef"), Buffer.alloc(8, 0xff)]).toString("base64url"), // 2^56
    Buffer.concat([bytes, Buffer.from("abcdef"), Buffer.from([0x80, 0])]).toString("base64url"), // a longer zero
    Buffer.concat([bytes, bytes.subarray(16)]).toString("base64url"), // every key twice
    Buffer.concat([Buffer.from([9]), bytes.subarray(1)]).toString("base64url"), // another version
  ];
  for (const each of refused) expect(() => new Cursor(ada, each), each).toThrow(AppError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      const made = Buffer.from(noise).toString("base64url");
      try {
        expect(new Cursor(ada, made).begin({ "event:a": 3 }).resume).toEqual({});
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
  );
});

test("knows of every frame what it is and how far it brings its reader, whatever a message says", () => {
  const stream = "event:e";
  const text = '"stream":"event:x","seq":99,"kind"';
  const entry = { stream, seq: 5, kind: "message", at_ms: 1 };
  expect(factsOf(encodeEntry(entry, { message: { text } }))).toEqual({
    type: "entry",
    heard: { stream, seq: 5 },
  });
  expect(factsOf(encodeEntry(entry, null))).toEqual({ type: "skip", heard: { stream, seq: 5 } });
  expect(factsOf(encode({ type: "skip", stream, from: 2, to: 9 }))).toEqual({
    type: "skip",
    heard: { stream, seq: 9 },
  });
  expect(factsOf(encode({ type: "reset", stream, last_seq: 0 }))).toEqual({
    type: "reset",
    heard: { stream, seq: 0 },
  });
  expect(factsOf(encode({ type: "pong" }))).toEqual({ type: "pong", heard: null });
  expect(factsOf(encode({ type: "error", code: text }))).toEqual({ type: "error", heard: null });
});
