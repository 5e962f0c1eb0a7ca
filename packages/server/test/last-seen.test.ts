import { describe, expect, test } from "bun:test";
import { nextTurn } from "../src/lib/turn.ts";
import { allTold, circle, lingerMs, presenceOf, tells, told } from "./support/online.ts";
import { connect, type TestSocket } from "./support/socket.ts";
import type { Person, World } from "./support/world.ts";

describe("last seen", () => {
  test("is to the minute, for those whom frames are for, and outlives a restart", async () => {
    const { world, ada, bob, cem, dee } = await circle();
    await using _ = world;
    expect(await presenceOf(bob, ada.id)).toEqual({ online: false, last_seen_ms: null });
    const socket = await connect(world.url, ada);
    await allTold(world, ada, socket);
    world.clock.advance(90_000);
    const seenMs = Math.floor(world.clock.now() / 60_000) * 60_000;
    expect(await presenceOf(bob, ada.id)).toEqual({ online: true, last_seen_ms: seenMs });
    await socket[Symbol.asyncDispose]();
    world.clock.advance(lingerMs);
    const offline = { online: false, last_seen_ms: seenMs };
    for (const viewer of [ada, bob, cem]) expect(await presenceOf(viewer, ada.id)).toEqual(offline);
    expect([await presenceOf(dee, ada.id), await presenceOf(ada, "nothing")]).toEqual([
      "not_found",
      "not_found",
    ]);
    await world.restart();
    expect(await presenceOf(bob, ada.id)).toEqual(offline);
  });

  async function rows({ server }: World): Promise<Record<string, number>> {
    const all = await server.ctx.db.read.selectFrom("last_seen").selectAll().execute();
    return Object.fromEntries(all.map(({ user_id, seen_ms }) => [user_id, seen_ms]));
  }

  /** Connects, and leaves for long enough to be offline. */
  async function visit(world: World, person: Person, witness: TestSocket): Promise<void> {
    const times = told(witness, person).filter((online) => !online).length;
    const socket = await connect(world.url, person);
    await tells(witness, person, true, times + 1);
    await socket[Symbol.asyncDispose]();
    world.clock.advance(lingerMs);
    await tells(witness, person, false, times + 1);
  }

  test("is written in the background, once a minute however often somebody comes and goes", async () => {
    const { world, ada, bob } = await circle();
    await using _ = world;
    await using b = await connect(world.url, bob);
    const startMs = world.clock.now();
    for (let i = 0; i < 3; i++) await visit(world, ada, b);
    expect(await rows(world)).toEqual({});
    world.clock.advance(40_000);
    await world.server.ctx.db.write(async () => {}); // after the one that was just asked for
    expect(await rows(world)).toEqual({ [ada.id]: startMs });
    await visit(world, ada, b);
    world.clock.advance(59_000);
    await world.server.ctx.db.write(async () => {});
    expect(await rows(world)).toEqual({ [ada.id]: startMs });
    world.clock.advance(1_000);
    await world.server.ctx.db.write(async () => {});
    expect(await rows(world)).toEqual({ [ada.id]: startMs + 60_000 });
  });

  test("is forgotten when it is switched off, in whatever order, and is not kept while it is off", async () => {
    const { world, ada, bob } = await circle();
    await using _ = world;
    await using b = await connect(world.url, bob);
    await visit(world, ada, b);
    world.clock.advance(60_000);
    await world.server.ctx.db.write(async () => {});
    expect(Object.keys(await rows(world))).toEqual([ada.id]);
    await ada.call("PATCH", `/user/${ada.id}`, { show_online: false });
    expect(await rows(world)).toEqual({});
    await (await connect(world.url, ada))[Symbol.asyncDispose]();
    world.clock.advance(lingerMs);
    await ada.call("PATCH", `/user/${ada.id}`, { show_online: true });
    expect(await presenceOf(bob, ada.id)).toEqual({ online: false, last_seen_ms: null });
    await visit(world, ada, b);
    await ada.call("PATCH", `/user/${ada.id}`, { show_online: false });
    await world.restart();
    expect(Object.keys(await rows(world))).toEqual([bob.id]);
  });

  test("goes with the account, also what was still to be written", async () => {
    const { world, ada, bob } = await circle();
    await using _ = world;
    await using b = await connect(world.url, bob);
    await visit(world, ada, b);
    expect((await ada.call("GET", `/user/${ada.id}/export`)).response.last_seen_ms).toBe(
      Date.UTC(2030, 5, 1, 12),
    );
    expect((await ada.call("DELETE", `/user/${ada.id}`)).status).toBe(200);
    world.clock.advance(60_000);
    await world.server.ctx.db.write(async () => {});
    expect(await rows(world)).toEqual({});
    expect(await presenceOf(bob, ada.id)).toBe("not_found");
  });

  test("that cannot be written is kept for the next minute", async () => {
    const { world, ada, bob } = await circle();
    await using _ = world;
    await using b = await connect(world.url, bob);
    await visit(world, ada, b);
    const { db } = world.server.ctx;
    await db.write(({ sql }) => sql.schema.alterTable("last_seen").renameTo("mislaid").execute());
    world.clock.advance(60_000);
    const isLogged = () =>
      world.logged.some(({ message }) => message.startsWith("when people were last seen"));
    while (!isLogged()) await nextTurn();
    await db.write(({ sql }) => sql.schema.alterTable("mislaid").renameTo("last_seen").execute());
    expect(await rows(world)).toEqual({});
    world.clock.advance(60_000);
    await db.write(async () => {});
    expect(Object.keys(await rows(world))).toEqual([ada.id]);
  });
});
