import { expect, test } from "bun:test";
import { realtimeLimits } from "@jarvis/contract";
import { Cursor } from "./cursor.ts";
import { encodeEntry } from "./frames.ts";
import { LocalTopics } from "./local-topics.ts";
import { SseTransport } from "./sse-transport.ts";
import { Subscriptions } from "./subscriptions.ts";

/** A stream that nobody reads, of a connection that has begun. */
function unread() {
  const ended: (number | null)[] = [];
  const topics = new LocalTopics();
  const timers = new Set<() => void>();
  const transport = new SseTransport({
    clock: {
      now: () => 0,
      monotonic: () => 0,
      schedule(_delayMs, task) {
        timers.add(task);
        return { cancel: () => timers.delete(task) };
      },
    },
    cursor: new Cursor({ user: "ada", epoch: "one" }, null),
    subscriptions: new Subscriptions(topics),
    retryMs: () => 1_000,
    events: { drained: () => undefined, closing: () => undefined, ended: (code) => void ended.push(code) },
  });
  transport.begun();
  transport.subscribe("event:e");
  return { transport, topics, ended, timers };
}

function entry(seq: number): string {
  const data = { text: "x".repeat(1_000) };
  return encodeEntry({ stream: "event:e", seq, kind: "message", at_ms: 0 }, data);
}

test("case 66: holds at most 256 KiB and one frame for a reader who does not read, then ends with nothing left", () => {
  const { transport, topics, ended, timers } = unread();
  let largest = 0;
  let seq = 0;
  while (ended.length === 0 && seq < 1_000) {
    topics.publish("event:e", entry(++seq));
    largest = Math.max(largest, transport.getBufferedAmount());
  }
  expect(ended).toEqual([4503]);
  expect(largest).toBeGreaterThan(realtimeLimits.queueBytes - 2_000);
  expect(largest).toBeLessThan(realtimeLimits.queueBytes + 2_000);
  expect([topics.size, timers.size]).toEqual([0, 0]);
  expect(transport.send(entry(seq + 1))).toBe(0);
});

test("an end outranks what waits: it is the last that is said, and once", async () => {
  const { transport, topics, ended, timers } = unread();
  topics.publish("event:e", entry(1));
  transport.close(1012, '{"retry_after_ms":7000}');
  transport.close(4401);
  transport.send(entry(2));
  const text = await new Response(transport.body).text();
  expect(text).toEndWith('event: end\nretry: 7000\ndata: {"code":1012,"retry_after_ms":7000}\n\n');
  expect([ended, topics.size, timers.size]).toEqual([[1012], 0, 0]);
});

test("topics reach everybody who hears them, also when one of them leaves in the middle", () => {
  const topics = new LocalTopics();
  const heard: string[] = [];
  const listener = (name: string, leaves = false) => {
    const self = {
      deliver(text: string) {
        heard.push(`${name} ${text}`);
        if (leaves) topics.unsubscribe("t", self);
      },
    };
    topics.subscribe("t", self);
  };
  listener("a", true);
  listener("b");
  topics.publish("t", "1");
  topics.publish("t", "2");
  topics.publish("other", "3");
  expect(heard).toEqual(["a 1", "b 1", "b 2"]);
  expect([topics.subscriberCount("t"), topics.subscriberCount("other"), topics.size]).toEqual([1, 0, 1]);
});
