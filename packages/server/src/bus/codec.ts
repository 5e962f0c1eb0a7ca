import { eventId, type StreamId, userId } from "@jarvis/contract";
import { z } from "zod";
import type { BusMessage } from "./bus.ts";

/** Grows when a node could misread what another says. New types and further fields do not need that: they are passed over. */
const version = 1;

type Fields = readonly unknown[];

const streamId = z.templateLiteral([z.enum(["event:", "user:"]), z.string()]) satisfies z.ZodType<StreamId>;
const nullable = z.number().nullable();
const point = z.tuple([
  z.number(),
  z.number(),
  nullable,
  nullable,
  nullable,
  nullable,
  nullable,
  z.number(),
  z.number(),
]);

const pair = z.tuple([eventId, userId]).rest(z.unknown());

/** What each code stands for, and how it is read. */
const readers: Readonly<Record<string, (fields: Fields) => BusMessage>> = {
  e: (fields) => {
    const [stream, seq, kind, data, at_ms] = z
      .tuple([streamId, z.int(), z.string(), z.record(z.string(), z.unknown()), z.number()])
      .rest(z.unknown())
      .parse(fields);
    return { type: "entry", stream, seq, kind, data, at_ms };
  },
  j: (fields) => named("member_joined", fields),
  l: (fields) => named("member_left", fields),
  s: (fields) => named("sharing_changed", fields),
  t: (fields) => named("typing", fields),
  r: (fields) => {
    const [event, user, seq] = z.tuple([eventId, userId, z.int()]).rest(z.unknown()).parse(fields);
    return { type: "read", event, user, seq };
  },
  f: (fields) => {
    const [user, friend] = z.tuple([userId, userId]).rest(z.unknown()).parse(fields);
    return { type: "share_changed", user, friend };
  },
  o: (fields) => {
    const [user, session] = z.tuple([userId, z.string().nullable()]).rest(z.unknown()).parse(fields);
    return { type: "signed_out", user, session };
  },
  n: (fields) => {
    const [user, online] = z.tuple([userId, z.boolean()]).rest(z.unknown()).parse(fields);
    return { type: "online", user, online };
  },
  m: (fields) => {
    const [user, event, events, values] = z
      .tuple([userId, eventId.nullable(), z.array(eventId), point.rest(z.unknown())])
      .rest(z.unknown())
      .parse(fields);
    const [latitude, longitude, accuracy, altitude, speed, heading, battery, at_ms, received_ms] = values;
    const fix = { latitude, longitude, accuracy, altitude, speed, heading, battery, at_ms, received_ms };
    return { type: "moved_elsewhere", user, event, events, point: fix };
  },
};

function named(
  type: "member_joined" | "member_left" | "sharing_changed" | "typing",
  fields: Fields,
): BusMessage {
  const [event, user] = pair.parse(fields);
  return { type, event, user };
}

/** Null for what does not leave its node. */
export function encodeMessage(message: BusMessage): string | null {
  const fields = fieldsOf(message);
  return fields === null ? null : JSON.stringify(fields);
}

function fieldsOf(message: BusMessage): Fields | null {
  switch (message.type) {
    case "entry":
      return ["e", message.stream, message.seq, message.kind, message.data, message.at_ms];
    case "member_joined":
      return ["j", message.event, message.user];
    case "member_left":
      return ["l", message.event, message.user];
    case "sharing_changed":
      return ["s", message.event, message.user];
    case "typing":
      return ["t", message.event, message.user];
    case "read":
      return ["r", message.event, message.user, message.seq];
    case "share_changed":
      return ["f", message.user, message.friend];
    case "signed_out":
      return ["o", message.user, message.session];
    case "online":
      return ["n", message.user, message.online];
    case "moved_elsewhere": {
      const { latitude, longitude, accuracy, altitude, speed, heading, battery, at_ms, received_ms } =
        message.point;
      const values = [latitude, longitude, accuracy, altitude, speed, heading, battery, at_ms, received_ms];
      return ["m", message.user, message.event, message.events, values];
    }
    case "moved":
    case "bus_gap":
      return null;
    default:
      message satisfies never;
      return null;
  }
}

/** What one node says in one go to one channel. */
export function envelope(node: string, messages: readonly string[]): string {
  return `[${version},${JSON.stringify(node)},${messages.join(",")}]`;
}

const letter = z.tuple([z.int(), z.string()]).rest(z.unknown());
const body = z.tuple([z.string()]).rest(z.unknown());

/**
 * What another node says; nothing of what this one said itself, nor of what it cannot read: a node of another version
 * may say more. `unread` counts that.
 */
export function decode(text: string, self: string): { messages: BusMessage[]; unread: number } {
  const parsed = letter.safeParse(parseJson(text));
  if (!parsed.success || parsed.data[0] !== version) return { messages: [], unread: 1 };
  const [, node, ...bodies] = parsed.data;
  if (node === self) return { messages: [], unread: 0 };
  const messages = bodies.flatMap((each) => readOne(each) ?? []);
  return { messages, unread: bodies.length - messages.length };
}

function readOne(given: unknown): BusMessage | null {
  const parsed = body.safeParse(given);
  if (!parsed.success) return null;
  const [code, ...fields] = parsed.data;
  const reader = Object.hasOwn(readers, code) ? readers[code] : undefined;
  try {
    return reader?.(fields) ?? null;
  } catch (error) {
    if (error instanceof z.ZodError) return null;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // the schema refuses it
  }
}
