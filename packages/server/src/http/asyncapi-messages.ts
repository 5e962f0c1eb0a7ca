import {
  clientFrame,
  clientFrameSummaries,
  type DeliveredKind,
  entryData,
  entrySummaries,
  serverFrame,
  serverFrameSummaries,
  userEntryKinds,
} from "@jarvis/contract";
import { entryExamples, frameExamples, ids } from "@jarvis/contract/examples";
import { z } from "zod";
import { componentSchemas, schemaOf } from "./openapi-schemas.ts";

type Json = Record<string, unknown>;
export type Messages = Record<string, Json>;

export function clientMessages(): Messages {
  return Object.fromEntries(
    clientFrame.options.map((option) => {
      const type = option.shape.type.value;
      const payload = schemaOf(option, "input");
      return [
        `client.${type}`,
        message(type, clientFrameSummaries[type], payload, frameExamples.client[type]),
      ];
    }),
  );
}

export function serverMessages(): Messages {
  const frames = serverFrame.options.map((option): [string, Json] => {
    const type = option.shape.type.value;
    const payload = schemaOf(option, "output");
    return [`server.${type}`, message(type, serverFrameSummaries[type], payload, frameExamples.server[type])];
  });
  return Object.fromEntries([...frames, ...entryMessages()]);
}

/** An entry is one frame of many kinds: each is a message of its own, with the schema of its `data`. */
function entryMessages(): [string, Json][] {
  const kinds = Object.keys(entryData) as DeliveredKind[]; // Object.keys forgets them
  return kinds.map((kind) => {
    const payload = z.object({ ...entryShape(), kind: z.literal(kind), data: entryData[kind] });
    const example = {
      ...frameExamples.server.entry,
      stream: streamOf(kind),
      kind,
      data: entryExamples[kind],
    };
    return [
      `entry.${kind}`,
      message(`entry ${kind}`, entrySummaries[kind], schemaOf(payload, "output"), example),
    ];
  });
}

function entryShape() {
  const entry = serverFrame.options.find((option) => option.shape.type.value === "entry");
  if (entry === undefined) throw new Error("the contract has no entries");
  return entry.shape;
}

function streamOf(kind: DeliveredKind): string {
  const ofUser = (userEntryKinds as readonly string[]).includes(kind);
  return ofUser ? `user:${ids.ada}` : `event:${ids.event}`;
}

function message(title: string, summary: string, payload: Json, example: unknown): Json {
  return { name: title, title, summary, payload, examples: [{ name: "example", payload: example }] };
}

/** The shared schemas that messages refer to, and those that these refer to. */
export function referencedSchemas(messages: Messages): Json {
  const all = componentSchemas();
  const used = new Set<string>();
  const pending = [JSON.stringify(messages)];
  for (let text = pending.pop(); text !== undefined; text = pending.pop()) {
    for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      pending.push(JSON.stringify(all[name]));
    }
  }
  return Object.fromEntries([...used].map((name) => [name, all[name]]));
}
