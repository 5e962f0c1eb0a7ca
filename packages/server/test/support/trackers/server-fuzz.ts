import { fixInput } from "@jarvis/contract";
import { Dice } from "../simulation/dice.ts";
import type { World } from "../world.ts";
import { type CorpusRequest, protocols, type TrackerProtocol } from "./corpus.ts";
import { allRequests } from "./fuzz.ts";
import { below, type Chance, mutated, pick } from "./mutations.ts";

export interface ServerReport {
  faults: string[];
  statuses: Map<number, number>;
  /** Fixes that were found in the table in the course of it. */
  stored: number;
}

/** So many requests go to one phone, then its person's fix is looked at; a minute passes. */
const perPhone = 50;
const atOnce = 10;

/** Changed requests against a server, a few with a token that is none. */
export async function fuzzIngest(world: World, seed: number, count: number): Promise<ServerReport> {
  const seeds = await allRequests();
  const dice = new Dice(seed);
  const chance = () => dice.fraction();
  const report: ServerReport = { faults: [], statuses: new Map(), stored: 0 };
  for (let done = 0; done < count; done += perPhone) {
    const person = await world.person(`phone ${done}`);
    const made = await person.call("POST", `/user/${person.id}/devices`, { name: "Phone" });
    const token: string = made.response.token;
    for (let sent = 0; sent < perPhone; sent += atOnce) {
      const requests = Array.from({ length: atOnce }, () => mutated(seeds, chance));
      await Promise.all(requests.map((request) => ask(world, request, token, chance, report)));
    }
    await checkStored(world, report);
    // The world holds every answer against the contract.
    const exported = await person.call("GET", `/user/${person.id}/export`);
    if (exported.status !== 200) report.faults.push(`the export: ${exported.status}`);
    report.faults.push(...told(world.logged.splice(0), token));
    world.clock.advance(60_000);
  }
  return report;
}

/** What the log says that it must not: errors, the token, where anybody is. */
function told(lines: World["logged"], token: string): string[] {
  const errors = lines
    .filter(({ level }) => level === "error" || level === "fatal")
    .map(({ message }) => message);
  const text = JSON.stringify(lines);
  const secrets = [token, "49.26", "123.2"].filter((secret) => text.includes(secret));
  return [
    ...errors.map((message) => `logged: ${message}`),
    ...secrets.map((secret) => `the log has ${secret}`),
  ];
}

async function ask(
  world: World,
  request: CorpusRequest,
  token: string,
  chance: Chance,
  report: ServerReport,
): Promise<void> {
  const isWrong = chance() < 0.02;
  const presented = isWrong ? pick([token.slice(1), `${token}x`, "x", "%00"], chance) : token;
  const protocol = protocols.find((one) => request.target.includes(`/${one}`)) ?? pick(protocols, chance);
  const { target, init } = addressed(request, protocol, presented, below(3, chance));
  const answer = await fetch(world.url + target, init);
  const text = await answer.text();
  report.statuses.set(answer.status, (report.statuses.get(answer.status) ?? 0) + 1);
  const expected = isWrong ? "401 " : `200 ${init.method === "HEAD" ? "" : answers[protocol]}`;
  const got = `${answer.status} ${text}`;
  if (got !== expected)
    report.faults.push(`${got} instead of ${expected}: ${JSON.stringify(request).slice(0, 500)}`);
}

const answers: Readonly<Record<TrackerProtocol, string>> = {
  owntracks: "[]",
  osmand: "",
  overland: '{"result":"ok"}',
  gpslogger: "OK",
};

/** Presents the token in one of the three ways. */
function addressed(
  { target, method, headers, body }: CorpusRequest,
  protocol: string,
  token: string,
  way: number,
) {
  const query = target.includes("?") ? target.slice(target.indexOf("?")) : "";
  const inPath = way === 2 ? `/${token}` : "";
  const credential =
    way === 0 ? `Bearer ${token}` : `Basic ${Buffer.from(`ana:${token}`).toString("base64")}`;
  const type = headers["content-type"];
  const init = {
    method,
    headers: {
      ...(way === 2 ? {} : { authorization: credential }),
      ...(type === undefined ? {} : { "content-type": type }),
    },
    ...(method === "GET" || body === "" ? {} : { body }),
  };
  return { target: `/ingest/${protocol}${inPath}${query}`, init };
}

/** What is in the table must be a fix that a client of ours could have sent, and not from the future. */
async function checkStored(world: World, report: ServerReport): Promise<void> {
  const rows = await world.server.ctx.db.read.selectFrom("fix").selectAll().execute();
  report.stored += rows.length;
  for (const { user_id: _, event_id: __, at_ms, received_ms, ...fields } of rows) {
    const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
    const isFix = fixInput.strict().safeParse({ ...known, at: at_ms / 1000 }).success;
    const isPlace = fields.latitude !== 0 || fields.longitude !== 0;
    if (!isFix || !isPlace || at_ms > received_ms + 60_000)
      report.faults.push(`stored ${JSON.stringify(fields)}`);
  }
}
