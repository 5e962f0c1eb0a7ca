import { createClient, type Fetch } from "../src/index.ts";

/** Signs up, plans an event, says something, and lists the names of the own events. */
export async function quickStart(baseUrl: string, email: string, fetch?: Fetch) {
  const client = createClient({ baseUrl, fetch });
  const { id } = await client.signUp({ email, password: "correct horse battery", username: "Ana" });
  const event = await client.events.createEvent({
    name: "Dinner",
    start_time: 1_900_000_000,
    duration: 7_200,
  });
  const message = await client.chat.sendMessage({ id: event.id, text: "See you there", client_id: "first" });
  const names: string[] = [];
  for await (const each of client.pages(client.events.listEvents, { id, limit: 20 })) names.push(each.name);
  return { event: event.id, said: message.seq, names };
}
