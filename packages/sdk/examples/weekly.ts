import type { Client } from "../src/index.ts";

/** The code of the guide's part about events that recur; a test compares the two and runs this against a real server. */
export async function everyWeek(
  ada: Client,
  bob: Client,
  bobId: string,
  start: number,
  show: (line: string) => void,
): Promise<void> {
  const series = await ada.events.createEvent({
    name: "Volleyball",
    start_time: start,
    duration: 7_200,
    time_zone: "America/Vancouver",
    recurrence: "FREQ=WEEKLY;BYDAY=TU;COUNT=10",
    people: [bobId],
  });
  await bob.events.setRsvp({ id: series.id, status: "accepted" });

  const coming = { id: bobId, series: series.id };
  const { items } = await bob.events.listEvents({ ...coming, status: "pending" });
  const [next, second, third] = items;
  if (next === undefined || second === undefined || third === undefined) return;
  await bob.events.setRsvp({ id: second.id, status: "declined" });

  await ada.events.updateEvent({
    id: next.id,
    place: { name: "Beach", latitude: 49.27, longitude: -123.15 },
  });
  await ada.events.updateEvent({
    id: third.id,
    scope: "following",
    start_time: Number(third.start_time) + 3_600,
  });
  await ada.events.cancelEvent({ id: second.id });

  const store = bob.openStore();
  await store.ready();
  await store.load(series.id);
  const { occurrences = [] } = store.getSnapshot().events[series.id] ?? {};
  for (const { core, answers } of occurrences.slice(0, 2))
    show(`${core.place?.name ?? "as always"}: ${answers[bobId] ?? "as for the series"}, ${core.status}`);
  store.close();
}
