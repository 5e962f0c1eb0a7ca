import { signIn } from "./cast.ts";
import type { Who } from "./model.ts";
import { pick } from "./steps.ts";
import type { Reply, Trial } from "./trial.ts";

export const apps = ["owntracks", "osmand", "overland", "gpslogger"] as const;
type App = (typeof apps)[number];

interface Point {
  latitude: number;
  longitude: number;
  atMs: number;
}

/** Gives somebody a phone that also shows them their friends; making it needs a fresh sign-in. */
export async function makeDevice(trial: Trial, who: Who): Promise<void> {
  const player = trial.player(who);
  if (player.device !== null || trial.model.erased.has(who)) return;
  player.dead.push(player.token);
  const old = player.token;
  player.token = await signIn(trial.world.server.ctx, player.id);
  await trial.call(old, "PUT", `/user/${player.id}/logout`);
  const body = { name: "phone", friends: true };
  const made = await trial.call(player.token, "POST", `/user/${player.id}/devices`, body);
  if (made.status !== 201) return;
  // The contract's check has seen it.
  const { response } = JSON.parse(made.body) as { response: { id: string; token: string } };
  player.device = { id: response.id, token: response.token };
}

export async function revokeDevice(trial: Trial, who: Who): Promise<void> {
  const player = trial.player(who);
  if (player.device === null) return;
  if (!(await trial.act(who, "DELETE", `/user/${player.id}/devices/${player.device.id}`))) return;
  player.deadDevices.push(player.device.token);
  player.device = null;
}

/** A phone reports where it is, or was, in its app's own words. */
export async function report(trial: Trial, who: Who, ageMs: number, n: number): Promise<void> {
  const { device } = trial.player(who);
  if (device === null) return;
  const now = trial.now;
  const atMs = Math.floor((now - ageMs) / 1_000) * 1_000;
  // Twice in the same second is a duplicate, which is dropped.
  if (trial.model.made.some((made) => made.by === who && Math.abs(made.atMs - atMs) < 1_000)) return;
  const { id, latitude, longitude } = trial.atlas.mint();
  const { status } = await send(trial, pick(apps, n), device.token, { latitude, longitude, atMs });
  if (status !== 200) throw new Error(`a phone was answered ${status}`);
  if (atMs <= now + 60_000) trial.model.upload({ id, by: who, event: null, atMs, receivedMs: now });
}

/** What OwnTracks is told when it has nothing to say itself. */
export function askOwnTracks(trial: Trial, token: string): Promise<Reply> {
  return post(trial, "/ingest/owntracks", token, { _type: "status" });
}

export function send(trial: Trial, app: App, token: string, point: Point): Promise<Reply> {
  const { latitude, longitude, atMs } = point;
  const what: string = app;
  switch (what) {
    case "owntracks":
      return post(trial, "/ingest/owntracks", token, {
        _type: "location",
        lat: latitude,
        lon: longitude,
        tst: atMs / 1_000,
        acc: 12,
        vel: 11,
        batt: 50,
        tid: "p1",
      });
    case "osmand": {
      const query = `id=1&lat=${latitude}&lon=${longitude}&timestamp=${atMs / 1_000}&speed=6&batt=50`;
      return trial.raw(`/ingest/osmand/${token}?${query}`, { method: "POST" });
    }
    case "gpslogger": {
      const query = `lat=${latitude}&lon=${longitude}&time=${new Date(atMs).toISOString()}&acc=12&batt=50`;
      return trial.raw(`/ingest/gpslogger/${token}?${query}`, { method: "POST" });
    }
    default:
      return sendTogether(trial, token, [point]);
  }
}

function sendTogether(trial: Trial, token: string, points: readonly Point[]): Promise<Reply> {
  const locations = points.map(({ latitude, longitude, atMs }) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [longitude, latitude] },
    properties: { timestamp: new Date(atMs).toISOString(), speed: 3, battery_level: 0.5 },
  }));
  return post(trial, "/ingest/overland", token, { locations });
}

const backlogs = [
  [25, 9, 3, 1],
  [1, 3, 9, 25],
  [70, 11, 2],
  [5, 0, 4],
] as const;

/** A phone that was out of reach empties its queue: several points at once, in any order. */
export async function catchUp(trial: Trial, who: Who, n: number): Promise<void> {
  const { device } = trial.player(who);
  if (device === null) return;
  const now = trial.now;
  const taken = (ms: number) =>
    trial.model.made.some((made) => made.by === who && Math.abs(made.atMs - ms) < 1_000);
  const times = pick(backlogs, n)
    .map((minutes) => Math.floor(now / 1_000) * 1_000 - minutes * 60_000)
    .filter((ms) => !taken(ms));
  const points = times.map((atMs) => Object.assign(trial.atlas.mint(), { atMs }));
  if (points.length === 0) return;
  const { status } = await sendTogether(trial, device.token, points);
  if (status !== 200) throw new Error(`a phone was answered ${status}`);
  for (const { id, atMs } of points) trial.model.upload({ id, by: who, event: null, atMs, receivedMs: now });
}

export function post(trial: Trial, path: string, token: string, body: object): Promise<Reply> {
  const headers = { authorization: `Basic ${btoa(`p:${token}`)}`, "content-type": "application/json" };
  return trial.raw(path, { method: "POST", headers, body: JSON.stringify(body) });
}
