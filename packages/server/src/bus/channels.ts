import { eventStream } from "@jarvis/contract";
import { groupOf } from "../lib/ids.ts";
import type { BusChannel, BusMessage } from "./bus.ts";

/** What every node hears, whoever is connected to it: it may end a right that any of them remembers. */
export const everywhere = "all";

/** Kinds that change who may do, see or be what: caches of all nodes go by them. They are rare beside messages. */
const ofRights: ReadonlySet<string> = new Set([
  "event",
  "people",
  "rsvp",
  "block",
  "friend",
  "profile",
  "device",
  "calendar",
]);

/** Where other nodes hear of it; null where it concerns this node alone, or is told otherwise. */
export function channelOf(message: BusMessage): BusChannel | typeof everywhere | null {
  switch (message.type) {
    case "entry":
      return ofRights.has(message.kind) ? everywhere : message.stream;
    case "member_joined":
    case "member_left":
    case "signed_out":
    case "sharing_changed":
    case "share_changed":
      return everywhere;
    case "typing":
    case "read":
      return eventStream(groupOf(message.event));
    case "moved":
    case "moved_elsewhere":
    case "online":
    case "bus_gap":
      return null;
    default:
      message satisfies never;
      return null;
  }
}
