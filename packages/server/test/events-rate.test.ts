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

test("too many addresses at once are refused and leave the day's invitations as they were", async () => {
  await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
  const { ann } = await world.people("ann");
  const people = Array.from({ length: 21 }, (_, index) => `guest${index}@example.org`);
  for (let i = 0; i < 5; i++) {
    const refused = await ann.call("POST", "/event", { name: "Walk", duration: 60, people });
    expect(refused.headers.get("ratelimit")).toStartWith('"invitationByEmail";r=0');
  }
  const key = () => ({ user: ann.id, address: ann.id });
  await world.server.ctx.rates.consumeMany("invitation", key, rates.invitation.points);
});
