import { type Client, type Connection, createClient } from "@jarvis/sdk";
import type { Itinerary } from "./tracks.ts";
import { View } from "./view.ts";

export interface Role {
  name: string;
  by: string;
  precision: "exact" | "coarse";
  itinerary: Itinerary;
}

/** One of the friends: their own client, as if on their own phone, and what they see on it. */
export interface Person extends Role {
  id: string;
  username: string;
  client: Client;
  connection: Connection;
  view: View;
}

const walk = { speedMps: 1.4, gridBearing: 45 };
const cycle = { speedMps: 4.5, gridBearing: 0 };
const ride = { speedMps: 9, gridBearing: 0 };

export const roles: readonly Role[] = [
  role("Ana", "foot", { ...walk, lengthM: 1_150, from: { along: 1, across: 1 } }),
  role("Ben", "bike", { ...cycle, lengthM: 3_400, from: { along: -1, across: 1 } }),
  role("Cho", "bus", { ...ride, lengthM: 7_000, from: { along: -1, across: -1 } }),
  role("Dev", "foot", { ...walk, lengthM: 950, from: { along: -1, across: 1 } }),
  role("Eli", "bike", { ...cycle, lengthM: 3_800, from: { along: -1, across: -1 } }, "coarse"),
];

function role(name: string, by: string, itinerary: Itinerary, precision: Role["precision"] = "exact"): Role {
  return { name, by, itinerary, precision };
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
  return { ...role, id, username, client, connection, view };
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
