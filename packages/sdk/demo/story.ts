import type { Event } from "@jarvis/contract";
import { JarvisError } from "@jarvis/sdk";
import { findTime } from "./finding.ts";
import type { Cast, Person } from "./people.ts";
import type { Track } from "./tracks.ts";
import { Unmet } from "./view.ts";

/** The square in front of the old court house in Vancouver. */
export const place = {
  name: "Robson Square",
  address: "800 Robson St",
  latitude: 49.28205,
  longitude: -123.12108,
};

/** They find each other by name and become friends, and each hears of it on their own stream. */
export async function befriend({ ana, ben, cho, dev, eli }: Cast): Promise<void> {
  for (const other of [ben, cho, dev, eli]) {
    const { items } = await ana.client.accounts.searchUsers({ q: other.username });
    if (items[0]?.id !== other.id) throw new Unmet(`Ana did not find ${other.username}`);
    await ana.client.friends.requestFriend({ id: other.id, from: ana.id });
    await other.view.until(() => other.view.heard("friend_request"), `${other.name} hears of Ana's request`);
    await other.client.friends.answerFriendRequest({ id: other.id, from: ana.id, answer: "accept" });
  }
  await ben.client.friends.requestFriend({ id: eli.id, from: ben.id });
  const answer = await eli.client.friends.requestFriend({ id: ben.id, from: eli.id });
  if (answer !== "accepted") throw new Unmet("Eli asked Ben, who had asked Eli, and they were not friends");
  await ana.view.until(
    () => ana.view.entries.filter(({ kind }) => kind === "friend").length === 4,
    "Ana has four friends",
  );
}

/** Ana plans it; they find the time and answer; whoever says maybe may not see where people are until accepting. */
export async function plan({ ana, ...others }: Cast, startS: number): Promise<Event> {
  const guests = Object.values(others);
  const event = await ana.client.events.createEvent({
    name: "Meet at the square",
    duration: 7_200,
    time_zone: "America/Vancouver",
    place,
    people: guests.map(({ id }) => id),
  });
  const hear = guests.map(({ view, name }) =>
    view.until(() => view.heard("invited", { event: event.id }), `${name} hears of the invitation`),
  );
  await Promise.all(hear);
  const timed = await findTime({ ana, ...others }, event, startS);
  for (const { client, name } of guests) {
    await client.events.setRsvp({ id: event.id, status: name === "Eli" ? "maybe" : "accepted" });
  }
  await refusesLook(others.eli, event);
  await others.eli.client.events.setRsvp({ id: event.id, status: "accepted" });
  const accepted = (id: string) => ana.view.heard("rsvp", { user: id, rsvp: "accepted" });
  await ana.view.until(() => guests.every(({ id }) => accepted(id)), "Ana hears that all four come");
  return timed;
}

async function refusesLook({ client }: Person, event: Event): Promise<void> {
  const refusal = await client.location.listLocations({ id: event.id }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(refusal instanceof JarvisError) || refusal.code !== "forbidden") {
    throw new Unmet("somebody who only said maybe was not refused the others' locations");
  }
}

/** A few lines over the sockets, one of them edited, some of them read. */
export async function talk({ ana, ben, cho, dev, eli }: Cast, event: Event): Promise<void> {
  const chat = event.id;
  await ana.connection.send(chat, "The square, then dinner. I am walking.");
  const late = await cho.connection.send(chat, "My bus is five minutes lat");
  await cho.client.chat.editMessage({ id: chat, seq: late.seq, text: "My bus is five minutes late" });
  await ben.connection.send(chat, "On my bike");
  const last = await dev.connection.send(chat, "Setting out too");
  for (const reader of [ana, cho]) {
    reader.connection.read(chat, last.seq);
    reader.view.readSeq = last.seq;
    const marked = () => eli.view.readBy.get(reader.id) === last.seq;
    await eli.view.until(marked, `Eli hears that ${reader.name} has read the chat`);
  }
  for (const { view, name } of [ana, ben, cho, dev, eli]) {
    const edited = () =>
      view.messages.size === last.seq && view.messages.get(late.seq)?.edited_ms !== undefined;
    await view.until(edited, `${name} has all of the chat, as edited`);
  }
}

/** Accepting is not consent: each gives it for this event, Eli only roughly; then they watch each other. */
export async function consent(cast: Cast, event: Event, tracks: ReadonlyMap<Person, Track>): Promise<void> {
  const people = Object.values(cast);
  for (const person of people) {
    const { latitude, longitude } = tracks.get(person)?.at(0) ?? place;
    await person.client.location.uploadLocation({ id: person.id, latitude, longitude });
  }
  for (const { client, name } of people) {
    const rows = await client.location.listLocations({ id: event.id });
    if (rows.length > 0) throw new Unmet(`${name} saw somebody who had not consented`);
  }
  for (const { client, connection, precision } of people) {
    await client.location.setSharing({ id: event.id, state: "on", precision });
    connection.watch(event.id);
  }
}
