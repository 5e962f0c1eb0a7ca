import type { Client } from "../src/index.ts";

/** How an app connects calendars and offers its own; the guide shows these blocks, and a test runs them. */
export async function calendars(
  client: Client,
  id: string,
  address: string,
  file: Blob,
  show: (line: string) => void,
): Promise<void> {
  await client.calendars.addCalendar({ id, url: address, name: "Work" });
  await client.calendars.addCalendar({ id, document: file, name: "Holidays" });
  for (const { name, state, events } of await client.calendars.listCalendars({ id }))
    show(`${name}: ${state}, ${events} entries count`);

  const { webcal, secret } = await client.feeds.createFeed({ id });
  show(`subscribe to ${webcal.slice(0, 9)}…`);
  const calendar = await client.feeds.readFeed({ secret });
  show(`${calendar.type}: ${await calendar.text()}`);

  await client.feeds.deleteFeed({ id });
}
