import type { Client } from "@jarvis/sdk";
import { Unmet } from "./view.ts";
import type { Fix } from "./tracks.ts";

/** Whatever on a phone reports where its person is, once a second. */
export interface Reporter {
  /** As it is told: the app's name. */
  readonly app: string;
  report(fix: Fix): Promise<void>;
  /** What the app knows of the place, and says by itself once it is there. */
  arrive?(fix: Fix): Promise<void>;
  /** Whom the app's own map shows, by name; of an app that shows friends. */
  readonly friends?: ReadonlySet<string>;
  stop(): void;
}

/** A page or an app that is made with the SDK. */
export function sdkReporter(client: Client, user: string): Reporter {
  const uploader = client.locationUploader({ user });
  return {
    app: "the SDK",
    async report(fix) {
      if (!uploader.push({ ...fix })) throw new Unmet(`the uploader is ${uploader.state.is}`);
    },
    stop: () => uploader.close(),
  };
}

/** At the address that the demo was given: the public one need not be reachable from here. */
async function post(baseUrl: string, link: string, init: RequestInit): Promise<Response> {
  const url = link.replace(/^https?:\/\/[^/]+/, baseUrl);
  const response = await fetch(url, { method: "POST", ...init });
  if (response.status !== 200) throw new Unmet(`a phone was answered ${response.status}`);
  return response;
}

const nowS = () => Math.floor(Date.now() / 1_000);
const knotsPerMps = 1.943844;

/** Traccar Client 10: a form, and knots. */
export async function traccarReporter(client: Client, id: string, baseUrl: string): Promise<Reporter> {
  const { links } = await client.devices.createDevice({ id, name: "Traccar Client" });
  return {
    app: "Traccar Client",
    async report({ latitude, longitude, accuracy, speed, heading }) {
      const form = {
        id: "phone",
        timestamp: nowS(),
        lat: latitude,
        lon: longitude,
        accuracy,
        bearing: heading,
      };
      const fields = Object.entries({ ...form, speed: speed * knotsPerMps, altitude: 0, batt: 64 });
      const body = new URLSearchParams(fields.map(([name, value]) => [name, String(value)]));
      await post(baseUrl, links.traccar.url, { body });
    },
    stop() {},
  };
}

/** The OsmAnd app: its template filled in, in the query. */
export async function osmAndReporter(client: Client, id: string, baseUrl: string): Promise<Reporter> {
  const { links } = await client.devices.createDevice({ id, name: "OsmAnd" });
  return {
    app: "OsmAnd",
    async report({ latitude, longitude, accuracy, speed, heading }) {
      const values = [latitude, longitude, Date.now(), accuracy, 0, speed, heading];
      await post(
        baseUrl,
        links.osmand.url.replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)])),
        {
          method: "GET",
        },
      );
    },
    stop() {},
  };
}

interface OwnTracksElement {
  _type: string;
  tid?: string;
  name?: string;
  action?: string;
  waypoints?: { waypoints: { desc: string; tst: number }[] };
}

/** OwnTracks for Android in HTTP mode: posts, and takes friends and the region of the venue from the answers. */
export async function ownTracksReporter(client: Client, id: string, baseUrl: string): Promise<Reporter> {
  const made = await client.devices.createDevice({ id, name: "OwnTracks", friends: true });
  const { url, username, password, tid } = made.links.owntracks;
  const names = new Map<string, string>();
  const friends = new Set<string>();
  let region: { desc: string; tst: number } | undefined;
  const say = async (message: object) => {
    const headers = {
      "content-type": "application/json; charset=utf-8",
      authorization: `Basic ${btoa(`${username}:${password}`)}`,
    };
    const answer = await post(baseUrl, url, { headers, body: JSON.stringify(message) });
    const elements = (await answer.json()) as OwnTracksElement[]; // as the app reads it
    for (const { _type, tid: who = "", name, waypoints } of elements) {
      if (_type === "card" && name !== undefined) names.set(who, name);
      if (_type === "cmd") region = waypoints?.waypoints[0] ?? region;
    }
    friends.clear();
    for (const { _type, tid: who = "" } of elements)
      if (_type === "location") friends.add(names.get(who) ?? who);
  };
  const where = ({ latitude, longitude, accuracy }: Fix) => ({
    lat: latitude,
    lon: longitude,
    acc: accuracy,
  });
  return {
    app: "OwnTracks",
    friends,
    report: (fix) =>
      say({
        _type: "location",
        ...where(fix),
        tst: nowS(),
        vel: Math.round(fix.speed * 3.6),
        cog: Math.round(fix.heading),
        batt: 71,
        tid,
      }),
    async arrive(fix) {
      if (region === undefined) throw new Unmet("OwnTracks was not told of the venue");
      const { desc, tst } = region;
      await say({
        _type: "transition",
        event: "enter",
        desc,
        wtst: tst,
        ...where(fix),
        tst: nowS(),
        t: "c",
        tid,
      });
    },
    stop() {},
  };
}
