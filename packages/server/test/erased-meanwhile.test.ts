import { expect, test } from "bun:test";
import type { Database } from "../src/db/database.ts";
import { createWorld, type Person } from "./support/world.ts";

type Act = (me: Person, other: Person) => [method: string, path: string, body?: unknown];

/** What writes in the caller's own name; what is about their own account finds none. */
const acts: Record<string, Act> = {
  "asks for a friendship": (me, other) => ["POST", `/user/${other.id}/friend_request`, { from: me.id }],
  "blocks somebody": (me, other) => ["PUT", `/user/${me.id}/blocks/${other.id}`],
  "makes an event": (_, other) => ["POST", "/event", { name: "Dinner", duration: 60, people: [other.id] }],
  "makes a series": () => [
    "POST",
    "/event",
    { name: "Run", duration: 60, start_time: 2_000_000_000, recurrence: "FREQ=DAILY;COUNT=3" },
  ],
  "sets up a phone": (me) => ["POST", `/user/${me.id}/devices`, { name: "phone" }],
  "says where they are": (me) => ["POST", `/user/${me.id}/location`, { latitude: 49.2, longitude: -123.1 }],
  "names themselves": (me) => ["PATCH", `/user/${me.id}`, { locale: "de" }],
};

const aboutThemselves = new Set(["blocks somebody", "names themselves"]);

test.each(Object.entries(acts))(
  "whoever is erased while a call %s is nobody, and leaves nothing",
  async (what, act) => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const { db } = world.server.ctx;
    const write = db.write.bind(db);
    let erasures = 0;
    // In the moment before the call's own unit: it has been let in by then.
    const meanwhile: Database["write"] = async (unit, options) => {
      Object.assign(db, { write });
      erasures++;
      expect((await ann.call("DELETE", `/user/${ann.id}`)).status).toBe(200);
      return write(unit, options);
    };
    Object.assign(db, { write: meanwhile });
    const [method, path, body] = act(ann, bob);
    const answer = await ann.call(method, path, body);
    const refusal = aboutThemselves.has(what) ? [404, "not_found"] : [401, "unauthenticated"];
    expect([erasures, answer.status, answer.body["code"]]).toEqual([1, ...refusal]);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
    expect((await bob.call("GET", `/user/${bob.id}/friend_requests`)).response).toEqual({
      incoming: [],
      outgoing: [],
    });
    expect((await bob.call("GET", `/user/${bob.id}/events`)).response).toEqual([]);
  },
);
