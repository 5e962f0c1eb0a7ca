import type { Event } from "@jarvis/contract";
import { standings, type Store } from "@jarvis/sdk";
import type { Cast } from "./people.ts";
import type { Position } from "./tracks.ts";
import { Unmet } from "./view.ts";

/** Where the five could meet, from where two say that they set out: proposed, and known to nobody but as a number. */
export async function propose(
  cast: Cast,
  event: Event,
  starts: readonly [Position, Position],
): Promise<string> {
  const { ana, dev, eli } = cast;
  const [{ latitude, longitude }, of] = starts;
  await dev.client.meeting.setStart({ id: event.id, latitude, longitude, mode: "walk" });
  await eli.client.meeting.setStart({ id: event.id, latitude: of.latitude, longitude: of.longitude });
  const { from, places } = await ana.client.meeting.getMeetingPoint({ id: event.id, limit: 1 });
  const [best] = places;
  if (best === undefined || from.length !== 2) throw new Unmet("no place to meet was proposed");
  if (best.worst_s % 300 !== 0) throw new Unmet("a proposal told times finer than five minutes");
  return `${best.worst_s / 60} minutes for whoever is on the way longest`;
}

/** Ana shows Ben where she is beside the event, and takes it back. */
export async function showBeside({ ana, ben, cho }: Cast, position: Position): Promise<void> {
  const until = Date.now() / 1_000 + 20 * 60;
  ben.connection.watch({ user: ana.id });
  cho.connection.watch({ user: ana.id });
  await ana.client.location.setShare({ id: ana.id, friend: ben.id, until });
  await ana.client.location.uploadLocation({ id: ana.id, ...position });
  await ben.view.until(() => ben.view.friends.has(ana.id), "Ben sees where Ana is");
  await ana.client.location.endShare({ id: ana.id, friend: ben.id });
  await ben.view.until(() => ben.view.heard("share", { until_ms: null }), "Ben hears that it is over");
  if (cho.view.friends.has(ana.id)) throw new Unmet("Cho saw Ana, who had shown herself to Ben");
  const { items } = await ana.client.location.listLocationViews({ id: ana.id });
  if (!items.some(({ user, event }) => user.id === ben.id && event === null))
    throw new Unmet("Ana was not told that Ben looked");
}

/** The way by which two came: nothing of Dev's from before or during the pause, and of nobody who is not seen. */
export async function retrace({ ana, ben, dev }: Cast, event: Event, resumedMs: number): Promise<number> {
  const trail = await ana.client.location.getTrail({ id: event.id, user: ben.id });
  const isSorted = trail.every(({ at_ms }, index) => at_ms >= (trail[index - 1]?.at_ms ?? 0));
  if (trail.length < 10 || !isSorted) throw new Unmet("Ben's way was not to be had");
  const own = await ben.client.location.getJourney({ id: event.id });
  if (!own.arrived || own.eta_s !== 0) throw new Unmet("Ben was not told that he is there");
  const after = await ana.client.location.getTrail({ id: event.id, user: dev.id });
  if (after.length === 0 || after.some(({ at_ms }) => at_ms < resumedMs - 1_000))
    throw new Unmet("Dev's way showed the pause, or nothing");
  return trail.length;
}

/** How everybody comes along, as Ana's app says it: from a store of the SDK. */
export function boardOf(store: Store, { ana, ...others }: Cast, event: Event): string[] {
  const { where } = store.getSnapshot();
  const named = new Map(Object.values(others).map(({ id, name }) => [id, name]));
  const all = standings(where, event.id, Date.now()).filter(({ user }) => user !== ana.id);
  return all.map(({ user, is, late_s, margin_s, position }) => {
    const late = late_s === null ? "" : ` by ${minutes(late_s)} ± ${minutes(margin_s ?? 0)} min`;
    const metres = position?.distance_m ?? null;
    const away = metres === null || is === "arrived" ? "" : `, ${metres} m away`;
    const how = is === "arrived" ? "has arrived" : `is ${is.replace("_", " ")}`;
    return `${named.get(user) ?? user} ${how}${late}${away}`;
  });
}

/** What the board has to say in the end: nobody who has arrived is late, and Dev is. */
export function checkBoard(store: Store, { ben, cho, dev, eli }: Cast, event: Event): void {
  const all = standings(store.getSnapshot().where, event.id, Date.now());
  const states = [ben, cho, dev, eli].map(({ id }) => all.find(({ user }) => user === id)?.is);
  if (states.join() !== "arrived,arrived,late,travelling")
    throw new Unmet(`Ana's app says ${states.join()} of Ben, Cho, Dev and Eli`);
}

function minutes(seconds: number): number {
  return Math.round(seconds / 60);
}
