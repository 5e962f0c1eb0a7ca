import type { EventId, UserId } from "@jarvis/contract";
import { markersOf } from "../chat/service.ts";
import type { ChannelPool, Connection } from "./connection.ts";
import { encode } from "./frames.ts";

/** Where a person has read to in these chats: on another device they may have gone on while this one was away. */
export async function tellMarkers(
  { ctx }: ChannelPool,
  connection: Connection,
  reader: { user: UserId; hears: (event: EventId) => boolean },
  events: readonly EventId[],
): Promise<void> {
  try {
    for (const { event, seq } of await markersOf(ctx.db.read, reader.user, events)) {
      if (reader.hears(event))
        connection.sendState(encode({ type: "read", chat: event, user: reader.user, seq }));
    }
  } catch (error) {
    connection.interrupt(error);
  }
}

export function eventsOf(streams: Iterable<string>): EventId[] {
  // A stream's name was made of the event's id.
  return [...streams].flatMap((stream) =>
    stream.startsWith("event:") ? [stream.slice("event:".length) as EventId] : [],
  );
}
