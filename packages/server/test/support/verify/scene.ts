import { createMeeting, expectOk, type Meeting, plaza } from "../meeting.ts";
import type { SignInWorld } from "../identities.ts";
import { newEvent, send } from "../party.ts";
import type { Person } from "../world.ts";

/** An event with everybody who may stand to it, and what they have with each other. All of them observe. */
export interface Scene {
  readonly world: SignInWorld;
  readonly event: string;
  readonly meeting: Meeting;
  readonly owner: Person;
  readonly host: Person;
  readonly guest: Person;
  /** Invited, and has not answered. */
  readonly invited: Person;
  /** Has wished to share nothing and been asked by the guest; friend of owner and guest. */
  readonly friend: Person;
  /** Takes part in nothing; has asked the guest to be friends. */
  readonly asker: Person;
  /** Takes part in nothing; only friends may invite them. */
  readonly shy: Person;
  readonly people: readonly Person[];
}

/** Messages: 1 of the owner, 2 and 3 of the guest, 4 of the friend. Owner has read 2. */
export async function createScene(world: SignInWorld): Promise<Scene> {
  const named = await world.people("owner", "host", "guest", "invited", "friend", "asker", "shy");
  const { owner, host, guest, invited, friend, asker, shy } = named;
  await world.befriend(owner, friend);
  await world.befriend(guest, friend);
  const meeting = await createMeeting(world, owner, { accepted: [host, guest, friend], invited: [invited] });
  const event: string = meeting.id;
  await expectOk(owner.call("PATCH", `/event/${event}/people/${host.id}`, { role: "host" }));
  for (const author of [owner, guest, guest, friend]) await send(author, event, "hello");
  await expectOk(owner.call("PUT", `/chat/${event}/read`, { seq: 2 }));
  await expectOk(asker.call("POST", `/user/${guest.id}/friend_request`, { from: asker.id }));
  await expectOk(shy.call("PATCH", `/user/${shy.id}`, { invites_from: "friends" }));
  return { world, event, meeting, ...named, people: Object.values(named) };
}

export { newEvent, plaza, send };
