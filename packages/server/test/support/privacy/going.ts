import type { DeviceId } from "@jarvis/contract";
import { regionOf } from "../../../src/devices/rules.ts";
import { sha256 } from "../../../src/lib/ids.ts";
import { runHousekeeping } from "../../../src/housekeeping.ts";
import { connect } from "../socket.ts";
import { lookAtTravel } from "../travel.ts";
import { askOwnTracks, post } from "./devices.ts";
import { type Meeting, minute, type Who } from "./model.ts";
import type { Trial } from "./trial.ts";

/** A position by a frame of a socket: it answers nothing but errors, so it is seen from what memory takes. */
export async function sendFrame(trial: Trial, who: Who, meeting: Meeting | null): Promise<void> {
  const { model, now, world } = trial;
  // What does not count as the newest is taken without a word.
  if (model.erased.has(who) || (model.held(who, meeting?.id ?? null)?.atMs ?? 0) >= now) return;
  const player = trial.player(who);
  await using socket = await connect(world.url, player);
  await trial.place(who, 0, meeting, async (fix) => {
    const taken = Promise.withResolvers<boolean>();
    const stop = world.server.ctx.bus.subscribe((message) => {
      if (message.type === "moved" && message.user === player.id) taken.resolve(true);
    });
    socket.send({ type: "location", ref: "fix", ...fix, ...(meeting === null ? {} : { event: meeting.id }) });
    const refused = socket.next("error", ({ ref }) => ref === "fix").then(() => false);
    const isTaken = await Promise.race([taken.promise, refused]);
    refused.catch(() => undefined); // the socket is closed with nothing more to come
    stop();
    return isTaken;
  });
}

const steps = 4;
const stepMs = 2 * minute;

/** Fixes that the atlas gives out one after another lie in a row to the north, where the event is. */
export async function ride(trial: Trial, who: Who): Promise<void> {
  for (let i = 0; i < steps; i++) {
    trial.world.clock.set(trial.now + stepMs);
    trial.between();
    await trial.upload(who, 0, null);
    trial.between();
  }
  trial.hasTravelled = true;
  await lookAtTravel(trial.world);
  await heedArrivals(trial);
}

/** The phone says that it came into the circle around the next event, once it has been told of one. */
export async function arrive(trial: Trial, who: Who): Promise<void> {
  const { model, now } = trial;
  const { device } = trial.player(who);
  if (device === null) return;
  await askOwnTracks(trial, device.token);
  const row = await trial.world.server.ctx.db.read
    .selectFrom("device")
    .select("region_event")
    .where("id", "=", device.id as DeviceId) // a server made it
    .executeTakeFirstOrThrow();
  const meeting = model.meetings.find(({ id }) => id === row.region_event);
  if (meeting === undefined) return;
  const { tst } = regionOf("", sha256(meeting.id));
  const atS = Math.floor(now / 1_000);
  const said = { _type: "transition", event: "enter", desc: "there", wtst: tst, tst: atS, acc: 12 };
  const { status } = await post(trial, "/ingest/owntracks", device.token, said);
  if (status !== 200) throw new Error(`an arrival was answered ${status}`);
  const consent = meeting.consents.get(who);
  const from = Math.max(consent?.sinceMs ?? now, model.window(meeting)?.from ?? now);
  const counts = consent?.state === "on" && now < consent.untilMs && atS * 1_000 >= from;
  if (!counts || !model.isGoing(meeting, who) || meeting.arrivals.get(who)?.isSure) return;
  trial.hasTravelled = true;
  const before = meeting.arrivals.get(who);
  meeting.arrivals.set(who, { ms: [...(before?.ms ?? []), atS * 1_000], isSure: before === undefined });
}

const afterMs = 5 * minute;

/** As long as sharing goes on after an arrival, and what is due then. */
export async function linger(trial: Trial): Promise<void> {
  trial.world.clock.set(trial.now + afterMs);
  trial.between();
  await runHousekeeping(trial.world.server.ctx);
  trial.model.purge(trial.now);
  await heedArrivals(trial);
}

/** Sharing that was to end with an arrival has ended, and no other. */
export async function heedArrivals(trial: Trial): Promise<void> {
  const { model, now } = trial;
  if (model.meetings.every(({ arrivals }) => arrivals.size === 0)) return;
  await lookAtTravel(trial.world);
  for (const meeting of model.meetings)
    for (const [who, consent] of meeting.consents) {
      const arrival = meeting.arrivals.get(who);
      if (consent.state !== "on" || now >= consent.untilMs || arrival === undefined) continue;
      const { status, body } = await trial.call(
        trial.player(who).token,
        "GET",
        `/event/${meeting.id}/sharing`,
      );
      if (status !== 200) continue;
      // The contract's check has seen it.
      const { response } = JSON.parse(body) as { response: { state: string; until_arrival: boolean } };
      // Of who shows their cell alone, an arrival shows nowhere: nobody's cells here are near an event.
      const isDue =
        consent.precision === "exact" &&
        arrival.ms.some((ms) => now - ms >= afterMs && consent.sinceMs <= ms);
      if (response.state === "off" && !(isDue && response.until_arrival))
        throw new Error(`sharing of ${who} in ${meeting.id} ended by itself`);
      const window = model.window(meeting);
      const isOpen = window !== null && window.from <= now && now < window.until;
      if (response.state === "on" && response.until_arrival && isDue && isOpen && arrival.isSure)
        throw new Error(`sharing of ${who} in ${meeting.id} LEAKS on after their arrival`);
      if (response.state !== "off") continue;
      model.off(meeting, who);
      trial.ended++;
    }
}

export async function setStart(trial: Trial, who: Who, meeting: Meeting): Promise<void> {
  const { id, latitude, longitude } = trial.atlas.mint();
  if (!(await trial.act(who, "PUT", `/event/${meeting.id}/start`, { latitude, longitude }))) return;
  trial.model.startedFrom.set(id, who);
  meeting.starts.set(who, { id, isSure: true });
}

export async function removeStart(trial: Trial, who: Who, meeting: Meeting): Promise<void> {
  if (await trial.act(who, "DELETE", `/event/${meeting.id}/start`)) meeting.starts.delete(who);
}
