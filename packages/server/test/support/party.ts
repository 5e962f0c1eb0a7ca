import { createWorld, type Person, type World } from "./world.ts";

/** An event with the guests invited; its id is also its chat's. */
export async function newEvent(owner: Person, ...guests: Person[]): Promise<string> {
  const event = { name: "Dinner", duration: 3600, people: guests.map(({ id }) => id) };
  return (await owner.call("POST", "/event", event)).response.id;
}

let count = 0;
export function send(person: Person, chat: string, text: string) {
  return person.call("POST", `/chat/${chat}/messages`, { text, client_id: `c${count++}` });
}

/** A server where Ann has invited Bob. */
export async function party(): Promise<{ world: World; ann: Person; bob: Person; chat: string }> {
  const world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  return { world, ann, bob, chat: await newEvent(ann, bob) };
}
