import { expect, test } from "bun:test";
import type { EntryFrame } from "@jarvis/contract";
import * as fc from "fast-check";
import { chatId, me } from "../../test/support/small-server.ts";
import { emptyState, entryOf, messageOf } from "../../test/support/states.ts";
import { applyFrame, type State } from "./apply.ts";
import { findMessage } from "./messages.ts";

const act = fc.record({
  does: fc.constantFrom(
    "say",
    "edit",
    "delete",
    "react",
    "pin",
    "rsvp",
    "role",
    "rename",
    "leave",
    "share",
    "ask",
  ),
  of: fc.nat(5),
  by: fc.constantFrom(me, "u2", "u3"),
  on: fc.boolean(),
});
type Act = { does: string; of: number; by: string; on: boolean };

const person = (id: string, username: string, role: string) => ({
  op: "role",
  person: { id, username, email: null, role, rsvp: "accepted", invitation: null },
});

/** What is known of people beside the state. */
interface Cast {
  readonly names: Map<string, string>;
  /** Whose accounts were erased: they do nothing any more, and never come back. */
  readonly erased: Set<string>;
}

/** The entry that a server would write next; undefined where the act changes nothing. */
function entryFor(
  state: State,
  { names, erased }: Cast,
  { does, of, by, on }: Act,
  seq: number,
): EntryFrame | undefined {
  if (erased.has(by)) return undefined;
  const username = names.get(by) ?? by;
  const chat = state.events[chatId]?.chat;
  const message = chat && findMessage(chat.messages, of);
  if (!chat) return undefined;
  if (does === "say") {
    const said = messageOf(chat.last_seq + 1, { author: { id: by, username }, mentions: on ? [me] : [] });
    return entryOf(seq, "message", { message: said });
  }
  if (does === "rsvp") return entryOf(seq, "rsvp", { user: by, username, rsvp: on ? "accepted" : "maybe" });
  if (does === "role") return entryOf(seq, "people", person(by, username, on ? "host" : "guest"));
  if (does === "rename") names.set(by, `name ${of}`);
  if (does === "rename") return entryOf(seq, "people", { op: "renamed", user: by, username: `name ${of}` });
  if (does === "leave" && erased.has("u3")) return undefined;
  if (does === "leave" && !on) erased.add("u3");
  if (does === "leave") return entryOf(seq, "people", { op: on ? "removed" : "erased", user: "u3" });
  if (does === "share") return entryOf(seq, "sharing", { user: by, state: on ? "on" : "off" });
  if (does === "ask")
    return entryOf(seq, "location_request", { from: me, to: "u2", state: on ? "pending" : "declined" });
  if (!message || message.deleted) return undefined;
  if (does === "edit")
    return entryOf(seq, "message_edited", {
      message: { ...message, text: `edit ${seq}`, mentions: on ? [me] : [] },
    });
  if (does === "delete")
    return entryOf(seq, "message_deleted", { message: { ...message, text: "", deleted: true } });
  if (does === "pin") {
    const isPinned = chat.pins.includes(of);
    return isPinned === on
      ? undefined
      : entryOf(seq, "pin", { seq: of, user: by, op: on ? "pinned" : "unpinned" });
  }
  const emoji = of % 2 ? "👍" : "❤️";
  const hasIt = message.reactions?.some((each) => each.emoji === emoji && each.users.includes(by)) ?? false;
  if (hasIt === on) return undefined;
  return entryOf(seq, "reaction", { seq: of, user: by, emoji, op: on ? "added" : "removed" });
}

test("case 14: entries that a state already contains lead to the same state, from wherever they are repeated", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), fc.nat(), fc.nat(), (acts, a, b) => {
      const states = [emptyState];
      const entries: EntryFrame[] = [];
      const cast: Cast = { names: new Map(), erased: new Set() };
      for (const each of acts) {
        const entry = entryFor(states.at(-1) ?? emptyState, cast, each, entries.length + 1);
        if (entry === undefined) continue;
        entries.push(entry);
        states.push(applyFrame(states.at(-1) ?? emptyState, entry));
      }
      // Fetched after entry `at`, having begun to hear at `from`: those between are in the state and come again.
      const at = a % states.length;
      const from = b % (at + 1);
      const replayed = entries
        .slice(from)
        .reduce((state, entry) => applyFrame(state, entry), states[at] ?? emptyState);
      expect(replayed).toEqual(states.at(-1) ?? emptyState);
    }),
    { numRuns: 2_000 },
  );
});
