import { expect, test } from "bun:test";
import { chat } from "../test/support/line.ts";
import { movedClock } from "../test/support/moved-clock.ts";
import { JarvisError } from "./errors.ts";
import { Outbox, type SendFrame } from "./outbox.ts";

function openOutbox(limit?: number) {
  const sent: string[] = [];
  const clock = movedClock();
  return { outbox: new Outbox((frame) => sent.push(frame.client_id), clock, limit), sent, clock };
}

function frame(client_id: string, text = "hi", to: string = chat): SendFrame {
  return { type: "send", chat: to, client_id, text };
}

function ack(client_id: string, seq: number, from = chat) {
  return { type: "ack", chat: from, client_id, seq } as const;
}

async function codeOf(sending: Promise<unknown>): Promise<string> {
  return sending.then(
    () => "sent",
    (error: unknown) => (error instanceof JarvisError ? error.code : String(error)),
  );
}

test("sends the messages of one chat one after the other, of two chats side by side", async () => {
  const { outbox, sent } = openOutbox();
  const first = outbox.add(frame("a"));
  const second = outbox.add(frame("b"));
  const other = outbox.add(frame("c", "hi", "e2"));
  expect(sent).toEqual(["a", "c"]);
  outbox.acknowledge(ack("a", 1));
  expect(sent).toEqual(["a", "c", "b"]);
  outbox.acknowledge(ack("b", 2));
  expect(await Promise.all([first, second])).toEqual([
    { seq: 1, clientId: "a" },
    { seq: 2, clientId: "b" },
  ]);
  outbox.abandon(new Error("closed"));
  expect(other).rejects.toThrow("closed");
});

test("sends what is not acknowledged again, under the same id", () => {
  const { outbox, sent } = openOutbox();
  void outbox.add(frame("a"));
  outbox.resend();
  outbox.acknowledge(ack("a", 1));
  outbox.acknowledge(ack("a", 1));
  outbox.resend();
  expect(sent).toEqual(["a", "a"]);
});

test("gives a second send of the same id the outcome of the first, and refuses it with other content", async () => {
  const { outbox, sent } = openOutbox();
  const both = [outbox.add(frame("a")), outbox.add(frame("a"))];
  expect(await codeOf(outbox.add(frame("a", "other")))).toBe("client_id_reused");
  outbox.acknowledge(ack("a", 1));
  expect(await Promise.all(both)).toEqual([
    { seq: 1, clientId: "a" },
    { seq: 1, clientId: "a" },
  ]);
  expect(sent).toEqual(["a"]);
});

test("rejects a refused message and goes on with the next; tries again after a limit", async () => {
  const { outbox, sent, clock } = openOutbox();
  const refused = codeOf(outbox.add(frame("a")));
  const limited = outbox.add(frame("b"));
  expect(outbox.refuse({ type: "error", code: "not_found", client_id: "a" })).toBe(true);
  expect(await refused).toBe("not_found");
  expect(outbox.refuse({ type: "error", code: "too_many_requests", ref: "b" })).toBe(true);
  clock.advance(999);
  expect(sent).toEqual(["a", "b"]);
  clock.advance(1);
  expect(sent).toEqual(["a", "b", "b"]);
  outbox.acknowledge(ack("b", 7));
  expect((await limited).seq).toBe(7);
  expect(outbox.refuse({ type: "error", code: "not_found", ref: 3 })).toBe(false);
});

test("is bounded, and keeps back what a frame cannot hold", async () => {
  const { outbox, sent } = openOutbox(1);
  expect(await codeOf(outbox.add(frame("big", "\u0001".repeat(4_000))))).toBe("too_large");
  void outbox.add(frame("a"));
  expect(await codeOf(outbox.add(frame("b")))).toBe("limit_exceeded");
  expect(sent).toEqual(["a"]);
});

test("has messages of so many chats under way, the others follow in turn", () => {
  const { outbox, sent } = openOutbox();
  for (let i = 0; i < 20; i++) void outbox.add(frame(`m${i}`, "hi", `e${i}`));
  expect(sent).toHaveLength(16);
  outbox.resend();
  expect(sent).toHaveLength(32);
  outbox.acknowledge({ type: "ack", chat: "e0", client_id: "m0", seq: 1 });
  expect(sent.at(-1)).toBe("m16");
});
