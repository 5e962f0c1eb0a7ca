import type { Event } from "@jarvis/contract";
import { othersOf } from "./journey.ts";
import type { Cast } from "./people.ts";
import { Unmet } from "./view.ts";

/** Compares what each heard over the socket with what the server says over HTTP; returns sentences about both. */
export async function prove(cast: Cast, event: Event): Promise<string[]> {
  const people = Object.values(cast);
  for (const person of people) {
    const { name, client, view } = person;
    const { last_seq } = await client.chat.getChat({ id: event.id });
    await view.until(() => view.messages.size === last_seq, `${name} has all ${last_seq} messages`);
    await client.chat.markRead({ id: event.id, seq: view.readSeq });
    const { items } = await client.chat.listMessages({ id: event.id, after: 0, limit: 200 });
    const heard = [...view.messages.values()].map(({ seq, text }) => `${seq} ${text}`);
    const stored = items.map(({ seq, text }) => `${seq} ${text}`);
    if (heard.join("\n") !== stored.join("\n")) throw new Unmet(`${name} heard another chat than is stored`);
    const { unread } = await client.chat.getChat({ id: event.id });
    if (unread !== view.unread) throw new Unmet(`${name} counts ${view.unread} unread, the server ${unread}`);
    const seen = (await client.location.listLocations({ id: event.id })).map(({ id }) => id).toSorted();
    const others = othersOf(cast, person).map(({ id }) => id);
    if (seen.join() !== others.toSorted().join()) throw new Unmet(`${name} does not see the other four`);
  }
  const others = people.filter((person) => person !== cast.eli);
  for (const { name, view } of others)
    if (view.heard("travel", { user: cast.eli.id, code: "leave_now" }))
      throw new Unmet(`${name} heard when Eli is to leave`);
  const { friends } = cast.cho.reporter;
  if (!friends?.has(cast.ana.username)) throw new Unmet("Cho's OwnTracks does not show Ana");
  const entries = people.reduce((sum, { view }) => sum + view.entries.length, 0);
  const positions = people.reduce((sum, { view }) => sum + view.positionCount, 0);
  return [
    `${cast.ana.view.messages.size} chat messages, the same for all five over the socket and over HTTP`,
    `${entries} stream entries heard, without a hole or a repeat`,
    `${positions} positions seen: none before consent, and whoever had only said maybe was refused`,
    "Dev's pause showed nothing while Dev went on uploading; Eli was seen to the kilometre only",
    `Ana came by ${cast.ana.reporter.app}, Ben by ${cast.ben.reporter.app}, Cho by ${cast.cho.reporter.app}, Dev by ${cast.dev.reporter.app}`,
    "everybody saw and heard Ana, Ben and Cho arrive and Dev be late; when to leave, Eli alone heard of Eli",
  ];
}
