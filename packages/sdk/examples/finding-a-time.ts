import type { Client } from "../src/index.ts";

/** How an app finds a time; the guide shows this block, and a test runs it against a real server. */
export async function findATime(
  ada: Client,
  bob: Client,
  bobId: string,
  show: (line: string) => void,
): Promise<void> {
  const open = await ada.events.createEvent({ name: "Hike", duration: 14400, people: [bobId] });
  const from = Math.floor(Date.now() / 1000);
  const to = from + 14 * 86_400;
  await bob.schedule.setAvailability({ id: open.id, share: true, from, to });
  await bob.accounts.updateUser({
    id: bobId,
    hours: [{ days: ["sa", "su"], from: "09:00", to: "21:00" }],
    travel_buffer: 1800,
  });
  const [best] = await ada.schedule.listSuggestions({ id: open.id, weekdays: "sa,su" });
  const why = best?.why.map(({ code }) => code).join(", ");
  show(`${best?.available.length} of ${open.people.length} can: ${why}`);
}
