import { type Client, type Connection, createClient } from "@jarvis/sdk";
import {
  osmAndReporter,
  ownTracksReporter,
  type Reporter,
  sdkReporter,
  traccarReporter,
} from "./reporters.ts";
import type { Itinerary } from "./tracks.ts";
import { View } from "./view.ts";

export interface Role {
  name: string;
  by: string;
  precision: "exact" | "coarse";
  itinerary: Itinerary;
  /** What reports where they are. */
  reports: (client: Client, id: string, baseUrl: string) => Reporter | Promise<Reporter>;
}

/** One of the friends: their own client, as if on their own phone, and what they see on it. */
export interface Person extends Role {
  id: string;
  username: string;
  client: Client;
  connection: Connection;
  view: View;
  reporter: Reporter;
}

const walk = { speedMps: 1.4, gridBearing: 45 };
const cycle = { speedMps: 4.5, gridBearing: 0 };

/** Ana, Ben and Cho are there in half a minute, Dev comes late, and Eli has not set out and shows only roughly where that is. */
export const roles: readonly Role[] = [
  role("Ana", "foot", { ...walk, lengthM: 72, from: { along: 1, across: 1 } }, sdkReporter),
  role("Ben", "foot", { ...walk, lengthM: 66, from: { along: -1, across: 1 } }, traccarReporter),
  role("Cho", "foot", { ...walk, lengthM: 80, from: { along: -1, across: -1 } }, ownTracksReporter),
  role("Dev", "bike", { ...cycle, lengthM: 16_000, from: { along: -1, across: 1 } }, osmAndReporter),
  role("Eli", "home", { ...cycle, lengthM: 6_000, from: { along: -1, across: -1 } }, sdkReporter, "coarse"),
];

function role(
  name: string,
  by: string,
  itinerary: Itinerary,
  reports: Role["reports"],
  precision: Role["precision"] = "exact",
): Role {
  return { name, by, itinerary, reports, precision };
}

/** Signs up under a name and an address of this run, with a random password, and goes online. */
export async function arrive(baseUrl: string, role: Role, run: string): Promise<Person> {
  const client = createClient({ baseUrl });
  const username = `${role.name}-${run}`;
  const email = `${role.name.toLowerCase()}.${run}@demo.example`;
  const { id } = await client.signUp({ email, username, password: crypto.randomUUID() });
  const connection = client.realtime();
  const view = new View(id);
  void follow(connection, view);
  await connection.untilLive();
  const reporter = await role.reports(client, id, baseUrl);
  return { ...role, id, username, client, connection, view, reporter };
}

/** Reads everything the server says; a connection that ends by itself is something the demo must report. */
async function follow(connection: Connection, view: View): Promise<void> {
  try {
    for await (const frame of connection) view.apply(frame);
  } catch (error) {
    view.fail(`the connection ended: ${String(error)}`);
  }
}

/** The five friends by name, so that the story reads like one. */
export type Cast = Record<"ana" | "ben" | "cho" | "dev" | "eli", Person>;
