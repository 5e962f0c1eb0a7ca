import { expect, test } from "bun:test";
import { rates } from "@jarvis/contract";
import { createWorld } from "./support/world.ts";

test("a person creates only so many events a day, and somebody else's are counted by themselves", async () => {
  await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
  const { ann, bob } = await world.people("ann", "bob");
  const { ctx } = world.server;
  await ctx.rates.consumeMany("event", () => ({ user: ann.id, address: "" }), rates.event.points - 1);
  const create = (person: typeof ann) => person.call("POST", "/event", { name: "Walk", duration: 60 });
  expect((await create(ann)).status).toBe(201);
  const refused = await create(ann);
  expect([refused.status, refused.headers.get("ratelimit-policy")]).toEqual([429, '"event";q=1000;w=86400']);
  expect((await create(bob)).status).toBe(201);
});
