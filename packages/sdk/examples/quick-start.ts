import { createClient } from "../src/index.ts";

/** Signs up, plans an event, says something, and returns what the server made of it. */
export async function quickStart(baseUrl: string, email: string) {
  const client = createClient({ baseUrl });
  const { id } = await client.signUp({ email, password: "correct horse battery", username: "Ana" });
  const event = await client.events.createEvent({
    name: "Dinner",
    duration: 7_200,
    start_time: 1_900_000_000,
  });
  const message = await client.chat.sendMessage({ id: event.id, text: "See you there", client_id: "first" });
  const mine: string[] = [];
  for await (const each of client.pages(client.events.listEvents, { id, limit: 20 })) mine.push(each.name);
  return { event, message, mine };
}
