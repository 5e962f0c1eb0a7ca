import type { DeviceId, IngestProtocol } from "@jarvis/contract";
import { basic } from "./dav.ts";
import { expectOk } from "./events.ts";
import type { Json, Person, World } from "./world.ts";

/** What a phone was answered: its app reads status and bytes, and nothing else. */
export interface PhoneAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export interface Phone {
  readonly id: DeviceId;
  readonly token: string;
  readonly links: Json;
  readonly person: Person;
}

export async function setUpPhone(
  person: Person,
  { name = "Phone", friends = false }: { name?: string; friends?: boolean } = {},
): Promise<Phone> {
  const made = expectOk(await person.call("POST", `/user/${person.id}/devices`, { name, friends }), 201);
  return { id: made.id, token: made.token, links: made.links, person };
}

/** How a phone presents its token; null: not at all. */
export type How = "basic" | "bearer" | "path" | null;

export interface Sending {
  readonly how?: How;
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly query?: string;
  readonly headers?: Record<string, string>;
}

/** One request of a phone, as its app makes it. */
export async function sendAs(
  { url }: Pick<World, "url">,
  token: string,
  protocol: IngestProtocol,
  { how = "basic", method = "POST", body, query = "", headers = {} }: Sending,
): Promise<PhoneAnswer> {
  const path = `/ingest/${protocol}${how === "path" ? `/${token}` : ""}`;
  const answer = await fetch(url + path + (query === "" ? "" : `?${query}`), {
    method,
    headers: { ...credential(token, how), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

function credential(token: string, how: How): Record<string, string> {
  if (how === "basic") return { authorization: basic(token, "any name") };
  return how === "bearer" ? { authorization: `Bearer ${token}` } : {};
}

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** A fix as OwnTracks writes it. */
export function ownTracksFix({ latitude, longitude }: Place, atMs: number, more: object = {}): string {
  return JSON.stringify({
    _type: "location",
    lat: latitude,
    lon: longitude,
    tst: Math.floor(atMs / 1_000),
    acc: 10,
    tid: "xx",
    ...more,
  });
}

/** A phone with OwnTracks reports where it is now, and reads what it is answered. */
export async function ownTracks(world: World, { token }: Phone, at: Place, how: How = "basic") {
  const body = ownTracksFix(at, world.clock.now());
  const headers = { "content-type": "application/json; charset=utf-8" };
  const answer = await sendAs(world, token, "owntracks", { how, body, headers });
  return { ...answer, elements: answer.status === 200 ? (JSON.parse(answer.text) as Json[]) : [] }; // JSON to reach into
}

/** Where the server has this person. */
export async function ownFix(person: Person): Promise<{ latitude: string; at_ms: number } | null> {
  const { status, response } = await person.call("GET", `/user/${person.id}/location`);
  return status === 200 ? response : null;
}

/** Values of `jarvis_ingest_points_total`, as `protocol/outcome`. */
export async function pointCounts({ url }: Pick<World, "url">): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const rows = text.matchAll(/^jarvis_ingest_points_total\{protocol="(\w+)",outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries(
    [...rows].map(([, protocol, outcome, count]) => [`${protocol}/${outcome}`, Number(count)]),
  );
}
