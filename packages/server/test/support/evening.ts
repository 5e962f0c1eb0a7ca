import { ids } from "@jarvis/contract/examples";
import { Authenticator } from "./authenticator.ts";
import { expectOk } from "./events.ts";
import { createWorld, type Person, type World, type WorldOptions } from "./world.ts";

/** The world in which the contract's examples are true. */
export interface Evening extends AsyncDisposable {
  readonly world: World;
  readonly ada: Person;
  readonly bob: Person;
  readonly carol: Person;
  /** Ada's. */
  readonly phone: Authenticator;
  /** The id that stands in the examples → the one that this server made. */
  readonly made: Map<string, string>;
}

/** Ada and Bob are friends; nothing is planned yet. */
export async function people(
  env: Record<string, string> = {},
  overrides: WorldOptions["overrides"] = {},
): Promise<Evening> {
  const origin = "https://jarvis.example";
  const world = await createWorld({ env: { JARVIS_PUBLIC_URL: origin, ...env }, overrides });
  const [ada, bob, carol] = await Promise.all(
    ["Ada", "Bob", "Carol"].map((name) =>
      world.person(name, { email: `${name.toLowerCase()}@example.org` }),
    ) as [Promise<Person>, Promise<Person>, Promise<Person>],
  );
  await world.befriend(ada, bob);
  const made = new Map<string, string>([
    [ids.ada, ada.id],
    [ids.bob, bob.id],
    [ids.carol, carol.id],
    [ids.adasSession, ada.session],
  ]);
  const phone = new Authenticator(origin);
  return { world, ada, bob, carol, phone, made, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** Dinner in half an hour: Bob comes, Carol has not answered; two messages; Bob is on his way and may be seen. */
export async function evening(): Promise<Evening> {
  const scene = await people();
  const { ada, bob, carol, made, world } = scene;
  const dinner = await ada.call("POST", "/event", {
    name: "Dinner",
    start_time: world.clock.now() / 1_000 + 1_800,
    duration: 7_200,
    time_zone: "America/Vancouver",
    place: { name: "Brix", address: "1138 Homer St", latitude: 49.2756, longitude: -123.1213 },
    people: [bob.id, carol.id],
  });
  const { id } = expectOk(dinner, 201);
  made.set(ids.event, id);
  expectOk(await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" }));
  const first = await bob.call("POST", `/chat/${id}/messages`, { text: "On my way", client_id: "bob-1" });
  const reply = { text: "See you there", client_id: "ada-1", reply_to: 1 };
  const second = await ada.call("POST", `/chat/${id}/messages`, reply);
  made.set(ids.message1, expectOk(first, 201).id).set(ids.message2, expectOk(second, 201).id);
  expectOk(await bob.call("PUT", `/event/${id}/sharing`, { state: "on", precision: "exact" }));
  const fix = { latitude: "49.2606", longitude: "-123.2460", accuracy: 12 };
  expectOk(await bob.call("POST", `/user/${bob.id}/location`, fix));
  return scene;
}
