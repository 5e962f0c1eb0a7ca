import { expect, test } from "bun:test";
import { plan, subscribe } from "../test/support/dav.ts";
import { createWorld, type World } from "../test/support/world.ts";

const script = new URL("support/caldav-client.py", import.meta.url).pathname;

interface PythonClient extends AsyncDisposable {
  ask(command: string, ...given: unknown[]): Promise<unknown>;
}

/** python3-caldav, which the Debian package of that name brings for Debian's own Python. */
function startClient(url: string, secret: string): PythonClient {
  const python = Bun.spawn(["/usr/bin/python3", script, url], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const stderr = new Response(python.stderr).text();
  const lines = linesOf(python.stdout);
  // Not as an argument, which others on the machine could read.
  void python.stdin.write(`${secret}\n`);
  return {
    async ask(...command) {
      await python.stdin.write(`${JSON.stringify(command)}\n`);
      await python.stdin.flush();
      const { value, done } = await lines.next();
      if (done) throw new Error(`python3 ended: ${await stderr}`);
      return JSON.parse(value);
    },
    async [Symbol.asyncDispose]() {
      await python.stdin.end();
      await python.exited;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

const iso = (ms: number) => new Date(ms).toISOString().replace("Z", "+00:00");
const hourMs = 3_600_000;

async function setUp(world: World) {
  const { ada, bob } = await world.people("ada", "bob");
  await world.befriend(ada, bob);
  const phone = await subscribe(world, bob);
  return { ada, bob, phone, people: { people: [bob.id] } };
}

test("python3-caldav finds the calendar, searches it and can change nothing", async () => {
  await using world = await createWorld();
  const { ada, bob, phone, people } = await setUp(world);
  const dinner = await plan(world, ada, "Dinner", 2, people);
  const trip = await plan(world, bob, "Trip", 20, { duration: 5 * 24 * 3_600 });
  const walk = await plan(world, ada, "Walk", 300, people);
  await ada.call("DELETE", `/event/${walk.id}`);
  await using python = startClient(`${world.url}/dav/`, phone.secret);
  expect(await python.ask("about")).toEqual({
    url: world.url + phone.calendar,
    name: "Jarvis",
    components: ["VEVENT"],
  });
  expect(await python.ask("events")).toEqual([
    ["Dinner", "TENTATIVE"],
    ["Trip", "CONFIRMED"],
    ["Walk", "CANCELLED"],
  ]);
  const within = (fromMs: number, toMs: number, expand = false) =>
    python.ask("within", iso(fromMs), iso(toMs), expand);
  for (const expand of [false, true]) {
    expect(await within(dinner.startMs, dinner.startMs + hourMs, expand)).toEqual([["Dinner", "TENTATIVE"]]);
    expect(await within(trip.startMs + 40 * hourMs, trip.startMs + 41 * hourMs, expand)).toEqual([
      ["Trip", "CONFIRMED"],
    ]);
    expect(await within(trip.startMs + 130 * hourMs, trip.startMs + 131 * hourMs, expand)).toEqual([]);
  }
  expect(await python.ask("uid", `${dinner.id}@jarvis`)).toEqual([["Dinner", "TENTATIVE"]]);
  expect(await python.ask("uid", "another@jarvis")).toBeNull();
  const busy = await python.ask("busy", iso(trip.startMs), iso(trip.startMs + hourMs));
  expect(busy).toEqual([expect.stringMatching(/^FREEBUSY;FBTYPE=BUSY:\d{8}T\d{6}Z\/\d{8}T\d{6}Z$/)]);
  expect(await python.ask("change")).toEqual({
    save: expect.stringMatching(/Error$/),
    delete: expect.stringMatching(/Error$/),
    make: expect.stringMatching(/Error$/),
  });
}, 60_000);

test("python3-caldav keeps up with what is added, changed, cancelled and removed", async () => {
  await using world = await createWorld();
  const { ada, bob, phone, people } = await setUp(world);
  const dinner = await plan(world, ada, "Dinner", 2, people);
  const walk = await plan(world, ada, "Walk", 5, people);
  await using python = startClient(`${world.url}/dav/`, phone.secret);
  expect(await python.ask("sync")).toEqual({
    all: [
      ["Dinner", "TENTATIVE"],
      ["Walk", "TENTATIVE"],
    ],
  });
  await plan(world, ada, "Swim", 8, people);
  await ada.call("DELETE", `/event/${walk.id}`);
  await bob.call("PUT", `/event/${dinner.id}/rsvp`, { status: "declined" });
  expect(await python.ask("sync")).toEqual({
    updated: [
      ["Swim", "TENTATIVE"],
      ["Walk", "CANCELLED"],
    ],
    deleted: [`${dinner.id}.ics`],
    all: [
      ["Swim", "TENTATIVE"],
      ["Walk", "CANCELLED"],
    ],
  });
}, 60_000);
