import type { EventId, UserId } from "@jarvis/contract";
import { type Client, type GeolocationLike, standings, type Store, uploadFromBrowser } from "../src/index.ts";

type Show = (line: string) => void;

/** Two people on their way to an event; the guide shows these blocks, and a test runs them against a real server. */
export async function gettingThere(
  [ada, bob]: readonly [Client, Client],
  [adaId, bobId]: readonly [UserId, UserId],
  event: EventId,
  geolocation: GeolocationLike,
  show: Show,
): Promise<void> {
  await phone(bob, bobId, show);
  await meetingPoint(ada, bob, event, show);
  const store = ada.openStore();
  await store.ready();
  await onTheWay(store, [ada, bob], bobId, event, geolocation, show);
  await besideEvents(store, bob, [adaId, bobId], show);
  store.close();
}

async function phone(client: Client, id: UserId, show: Show): Promise<void> {
  const { links } = await client.devices.createDevice({ id, name: "My phone" });
  show(`OwnTracks reports to ${links.owntracks.url}`);
  for (const { name, problem } of await client.devices.listDevices({ id }))
    show(`${name}: ${problem?.code ?? "no problem"}`);
}

async function meetingPoint(ada: Client, bob: Client, event: EventId, show: Show): Promise<void> {
  await ada.meeting.setStart({ id: event, latitude: 49.2606, longitude: -123.246, mode: "cycle" });
  await bob.meeting.setStart({ id: event, latitude: 49.2488, longitude: -123.0016 });
  const { places } = await ada.meeting.getMeetingPoint({ id: event, limit: 1 });
  for (const { worst_s } of places) show(`everybody is there in ${worst_s / 60} minutes`);
}

async function onTheWay(
  store: Store,
  [ada, bob]: readonly [Client, Client],
  bobId: UserId,
  event: EventId,
  geolocation: GeolocationLike,
  show: Show,
): Promise<void> {
  const unwatch = store.positions.watch(event);

  const consent = { state: "on", precision: "exact", until_arrival: true } as const;
  const { until_ms } = await bob.location.setSharing({ id: event, ...consent });
  const uploader = bob.locationUploader({ user: bobId, untilMs: until_ms });
  const stop = uploadFromBrowser(uploader, geolocation);

  await next(store, "position");
  const { where } = store.getSnapshot();
  for (const { user, is, late_s, position } of standings(where, event, Date.now())) {
    const late = late_s === null ? "" : ` by ${Math.round(late_s / 60)} minutes`;
    show(`${position?.username ?? user} is ${is}${late}, ${position?.distance_m} m away`);
  }

  const { eta_s, leave_by_ms } = await bob.location.getJourney({ id: event });
  if (leave_by_ms !== null) show(`leave by ${new Date(leave_by_ms).toLocaleTimeString()}`);
  else if (eta_s !== null) show(`${Math.round(eta_s / 60)} minutes to go`);

  const trail = await ada.location.getTrail({ id: event, user: bobId });
  show(`on the way: ${trail.map(({ latitude }) => latitude).join(", ")}`);

  uploader.pause();
  await bob.location.setSharing({ id: event, state: "paused" });

  stop();
  uploader.close();
  unwatch();
}

async function besideEvents(
  store: Store,
  bob: Client,
  [adaId, bobId]: readonly [UserId, UserId],
  show: Show,
): Promise<void> {
  const until = Date.now() / 1_000 + 3_600;
  await bob.location.setShare({ id: bobId, friend: adaId, until });

  const leave = store.positions.watch({ user: bobId });
  store.on("friend_position", ({ latitude }) => show(`Bob is at ${latitude} north`));

  const heard = next(store, "friend_position");
  await bob.location.uploadLocation({ id: bobId, latitude: 49.27, longitude: -123.2 });
  await heard;

  await bob.location.endShare({ id: bobId, friend: adaId });
  leave();
  for await (const { user } of bob.pages(bob.location.listLocationViews, { id: bobId }))
    show(`${user.username} looked`);
}

/** Waits for the next frame of a type. */
function next(store: Store, type: "position" | "friend_position"): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.on(type, () => {
      stop();
      resolve();
    });
  });
}
