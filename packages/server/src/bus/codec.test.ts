import { expect, test } from "bun:test";
import type { EventId, UserId } from "@jarvis/contract";
import type { BusMessage } from "./bus.ts";
import { decode, encodeMessage, envelope } from "./codec.ts";

const [event, user, friend] = ["e1" as EventId, "u1" as UserId, "u2" as UserId];
const point = {
  latitude: 49.2612345,
  longitude: -123.1,
  accuracy: null,
  altitude: 12,
  speed: null,
  heading: null,
  battery: 80,
  at_ms: 1_000,
  received_ms: 1_001,
};
const all: BusMessage[] = [
  { type: "entry", stream: "event:e1", seq: 7, kind: "message", data: { seq: 3 }, at_ms: 5 },
  { type: "member_joined", event, user },
  { type: "member_left", event, user },
  { type: "sharing_changed", event, user },
  { type: "share_changed", user, friend },
  { type: "signed_out", user, session: null },
  { type: "signed_out", user, session: "s" },
  { type: "typing", event, user },
  { type: "read", event, user, seq: 4 },
  { type: "online", user, online: false },
  { type: "moved_elsewhere", user, event: null, events: [event], point },
];

test("whatever leaves a node is read by another as it was said", () => {
  const texts = all.map((message) => encodeMessage(message) ?? "null");
  expect(decode(envelope("n1", texts), "n2")).toEqual({ messages: all, unread: 0 });
});

test("a node does not hear itself, and what is of a node alone does not leave it", () => {
  expect(decode(envelope("n1", [encodeMessage(all[1] as BusMessage) ?? ""]), "n1").messages).toEqual([]);
  expect(encodeMessage({ type: "moved", user, event })).toBeNull();
  expect(encodeMessage({ type: "bus_gap", channels: null })).toBeNull();
});

test("the form that its author alone may see stays on its node", () => {
  const message: BusMessage = {
    ...(all[0] as BusMessage & { type: "entry" }),
    rendered: { secret: "client id" },
  };
  expect(encodeMessage(message)).not.toContain("client id");
});

test("what a newer node says beyond this is passed over, and the rest is heard", () => {
  const joined = encodeMessage({ type: "member_joined", event, user }) ?? "";
  const longer = JSON.stringify([...(JSON.parse(joined) as unknown[]), "more", { of: "it" }]);
  const text = envelope("n1", ['["zz",1,2]', longer, '["j",5,6]', '["__proto__"]', "7"]);
  expect(decode(text, "n2")).toEqual({ messages: [{ type: "member_joined", event, user }], unread: 4 });
});

test.each(["", "{", "[]", "null", '[2,"n1",["j","e","u"]]', '[1,5,["j","e","u"]]', '"[1]"'])(
  "nothing is heard of %p",
  (text) => expect(decode(text, "n2")).toEqual({ messages: [], unread: 1 }),
);
