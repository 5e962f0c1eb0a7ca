import { entryData } from "@jarvis/contract";
import { type Client, createClient, JarvisError, type ResumePoint } from "../src/index.ts";

/** The code of `docs/guide-developers.md`, whole: a test compares the two and runs this against a real server. */
export async function tenMinutes(baseUrl: string, show: (line: string) => void): Promise<ResumePoint | null> {
  const ada = createClient({ baseUrl });
  const { id: adaId } = await ada.signUp({
    email: "ada@example.org",
    password: "correct horse battery",
    username: "Ada",
  });
  const bob = createClient({ baseUrl });
  const { id: bobId } = await bob.signUp({
    email: "bob@example.org",
    password: "battery staple correct",
    username: "Bob",
  });

  await bob.friends.requestFriend({ id: adaId, from: bobId });
  await ada.friends.answerFriendRequest({ id: adaId, from: bobId, answer: "accept" });

  const event = await ada.events.createEvent({
    name: "Dinner",
    start_time: Date.now() / 1_000 + 1_800,
    duration: 7_200,
    time_zone: "America/Vancouver",
    place: { name: "Brix", latitude: 49.2756, longitude: -123.1213 },
    people: [bobId],
  });
  await bob.events.setRsvp({ id: event.id, status: "accepted" });

  const connection = ada.realtime();
  await connection.untilLive();
  connection.watch(event.id);

  await bob.chat.sendMessage({ id: event.id, text: "On my way", client_id: "bob-1" });
  await bob.location.setSharing({ id: event.id, state: "on", precision: "exact" });
  await bob.location.uploadLocation({ id: bobId, latitude: 49.2606, longitude: -123.246 });

  for await (const frame of connection) {
    if (frame.type === "entry" && frame.kind === "message") {
      const { message } = entryData.message.parse(frame.data);
      show(`${message.author?.username ?? "somebody"}: ${message.text}`);
    }
    if (frame.type === "position") {
      show(`${frame.username} is ${frame.distance_m} m away`);
      break;
    }
  }
  const { seq } = await connection.send(event.id, "See you there");
  show(`stored as message ${seq}`);
  connection.close();

  await refusals(ada, event.id, show);
  await everyEvent(ada, adaId, show);
  return connection.resumePoint;
}

async function refusals(client: Client, event: string, show: (line: string) => void): Promise<void> {
  try {
    await client.events.updateEvent({ id: event, name: "Late dinner" }, { ifMatch: 99 });
  } catch (error) {
    if (!(error instanceof JarvisError) || error.code !== "changed") throw error;
    show("somebody changed it meanwhile: fetch it again");
  }
}

async function everyEvent(client: Client, id: string, show: (line: string) => void): Promise<void> {
  for await (const event of client.pages(client.events.listEvents, { id })) {
    show(`${event.name}: ${event.accepted.length} come`);
  }
}
