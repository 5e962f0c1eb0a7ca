import { showPhoto } from "./chat-rows.ts";
import { Authenticator } from "../authenticator.ts";
import type { Answer, Person } from "../world.ts";
import type { Rows } from "./row.ts";
import type { Scene } from "./scene.ts";

export const origin = "https://jarvis.example";
const latecomers = new WeakMap<Scene, Person>();
const password = "correct horse battery";

const rename = (person: Person, username: string) => person.call("PATCH", `/user/${person.id}`, { username });
const erase = (person: Person) => person.call("DELETE", `/user/${person.id}`);
const subscribe = (person: Person) => person.call("POST", `/user/${person.id}/calendar`);
const block = (by: Person, whom: Person) => by.call("PUT", `/user/${by.id}/blocks/${whom.id}`);
const leave = ({ event }: Scene, person: Person) =>
  person.call("DELETE", `/event/${event}/people/${person.id}`);

function signUp({ world, owner }: Scene): Promise<Answer> {
  return world.call("POST", "/user", { email: `new-${owner.id}@example.org`, password, username: "New" });
}

async function register(person: Person, device: Authenticator): Promise<Answer> {
  const { response } = await person.call("POST", "/auth/passkey/register/options");
  return person.call("POST", "/auth/passkey/register/verify", { credential: await device.create(response) });
}

async function secondSession(scene: Scene): Promise<{ id: string; token: string }> {
  await signUp(scene);
  const email = `new-${scene.owner.id}@example.org`;
  return (await scene.world.call("POST", "/login", { email, password })).response;
}

export const accountRows: Rows = {
  "accounts.createUser": [
    { what: "signs up", act: signUp },
    {
      what: "signs up with a proven address that was invited",
      prepare: ({ owner, event }) =>
        owner.call("POST", `/event/${event}/people`, { people: [`ann-${owner.id}@example.org`] }),
      act: ({ world, owner }) =>
        world.signUpWithToken({ sub: owner.id, email: `ann-${owner.id}@example.org`, email_verified: true }),
    },
  ],
  "accounts.login": [
    {
      what: "signs in",
      prepare: signUp,
      act: ({ world, owner }) =>
        world.call("POST", "/login", { email: `new-${owner.id}@example.org`, password }),
    },
  ],
  "accounts.updateUser": [
    {
      what: "renames themselves, in an event, with friends and somebody who asks",
      act: ({ guest }) => rename(guest, "Gus"),
    },
    { what: "renames themselves, having asked", act: ({ asker }) => rename(asker, "Al") },
    {
      what: "renames themselves, having left what they wrote in",
      prepare: (scene) => leave(scene, scene.guest),
      act: ({ guest }) => rename(guest, "Gus"),
    },
    {
      what: "renames themselves, blocked",
      prepare: ({ guest, owner }) => block(owner, guest),
      act: ({ guest }) => rename(guest, "Gus"),
    },
    {
      what: "renames themselves, invited in vain",
      prepare: ({ host, shy, event }) => host.call("POST", `/event/${event}/people`, { people: [shy.id] }),
      act: ({ shy }) => rename(shy, "Sid"),
    },
    {
      what: "renames themselves, invited by e-mail",
      prepare: ({ host, asker, event }) =>
        host.call("POST", `/event/${event}/people`, { people: [asker.email] }),
      act: ({ asker }) => rename(asker, "Al"),
    },
    {
      what: "moves to another zone",
      act: ({ guest }) => guest.call("PATCH", `/user/${guest.id}`, { time_zone: "Asia/Tokyo" }),
    },
    {
      what: "says when they like to meet",
      act: ({ guest }) => {
        const hours = [{ days: ["fr", "sa"], from: "18:00", to: "01:30" }];
        return guest.call("PATCH", `/user/${guest.id}`, { hours, travel_buffer: 1_800 });
      },
    },
  ],
  "accounts.logout": [
    { what: "signs out", ends: ["guest"], act: ({ guest }) => guest.call("PUT", `/user/${guest.id}/logout`) },
  ],
  "access.passkeyRegisterOptions": [
    {
      what: "asks for a challenge",
      act: ({ guest }) => guest.call("POST", "/auth/passkey/register/options"),
    },
  ],
  "access.passkeyRegister": [
    { what: "adds a passkey", act: ({ guest }) => register(guest, new Authenticator(origin)) },
  ],
  "access.passkeyLoginOptions": [
    { what: "asks for a challenge", act: ({ world }) => world.call("POST", "/auth/passkey/login/options") },
  ],
  "access.passkeyLogin": [
    {
      what: "signs in with a passkey",
      async act({ world, guest }) {
        const device = new Authenticator(origin);
        await register(guest, device);
        const { response } = await world.call("POST", "/auth/passkey/login/options");
        return world.call("POST", "/auth/passkey/login/verify", { credential: await device.get(response) });
      },
    },
  ],
  "access.addIdentity": [
    {
      what: "links an identity",
      async act({ world, guest }) {
        const jwt_token = await world.issuer.sign(world.claims({ sub: guest.id, email: guest.email }));
        return guest.call("POST", `/user/${guest.id}/identities`, { jwt_token });
      },
    },
    {
      what: "confirms an address that was invited, which may not reach them",
      async prepare(scene) {
        const { world, owner, event } = scene;
        const late = await world.person("late", { confirmed: false });
        latecomers.set(scene, late);
        await late.call("PATCH", `/user/${late.id}`, { invites_from: "friends" });
        await owner.call("POST", `/event/${event}/people`, { people: [late.email] });
      },
      async act(scene) {
        const late = latecomers.get(scene);
        if (late === undefined) throw new Error("nobody was prepared");
        const { id, email } = late;
        const claims = scene.world.claims({ sub: id, email, email_verified: true });
        return late.call("POST", `/user/${id}/identities`, {
          jwt_token: await scene.world.issuer.sign(claims),
        });
      },
    },
  ],
  "access.changePassword": [
    {
      what: "sets a password",
      act: ({ guest }) => guest.call("PUT", `/user/${guest.id}/password`, { new: password }),
    },
  ],
  "access.revokeAccess": [
    {
      what: "ends another session",
      async act(scene) {
        const { id, token } = await secondSession(scene);
        const { response } = await scene.world.as(token, "GET", `/user/${id}/access`);
        const other = response.find((entry: { current?: boolean }) => entry.current === false);
        return scene.world.as(token, "DELETE", `/user/${id}/access/${other.id}`);
      },
    },
  ],
  "feeds.createFeed": [
    { what: "makes the addresses of the own calendar", act: ({ guest }) => subscribe(guest) },
  ],
  "feeds.deleteFeed": [
    {
      what: "ends the addresses of the own calendar",
      prepare: ({ guest }) => subscribe(guest),
      act: ({ guest }) => guest.call("DELETE", `/user/${guest.id}/calendar`),
    },
  ],
  "privacy.eraseUser": [
    { what: "a guest who wrote and was asked goes", ends: ["guest"], act: ({ guest }) => erase(guest) },
    {
      what: "a guest who is named, has reacted and pinned goes",
      ends: ["guest"],
      async prepare({ event, guest, owner }) {
        await owner.call("POST", `/chat/${event}/messages`, { text: "@guest", client_id: "named" });
        await guest.call("PUT", `/chat/${event}/messages/1/reactions/${encodeURIComponent("👍")}`);
        await guest.call("PUT", `/chat/${event}/pins/1`);
      },
      act: ({ guest }) => erase(guest),
    },
    {
      what: "a guest who has shown a photo goes",
      ends: ["guest"],
      prepare: (scene) => showPhoto(scene, scene.guest),
      act: ({ guest }) => erase(guest),
    },
    { what: "the owner goes, a host takes over", ends: ["owner"], act: ({ owner }) => erase(owner) },
    {
      what: "the owner goes, nobody takes over",
      ends: ["owner"],
      prepare: ({ owner, host, event }) =>
        owner.call("PATCH", `/event/${event}/people/${host.id}`, { role: "guest" }),
      act: ({ owner }) => erase(owner),
    },
    { what: "somebody who has asked goes", ends: ["asker"], act: ({ asker }) => erase(asker) },
    {
      what: "somebody goes who has left, is blocked and had declined the asker",
      ends: ["guest"],
      async prepare(scene) {
        const { guest, owner, asker } = scene;
        await guest.call("PUT", `/user/${guest.id}/friend_request/${asker.id}`, { answer: "decline" });
        await block(owner, guest);
        await leave(scene, guest);
      },
      act: ({ guest }) => erase(guest),
    },
    {
      what: "a host goes who had invited addresses",
      ends: ["host"],
      prepare: ({ host, event, asker, shy }) =>
        host.call("POST", `/event/${event}/people`, { people: [asker.email, shy.id, "no@example.org"] }),
      act: ({ host }) => erase(host),
    },
    {
      what: "somebody goes who was asked where they are, and had asked",
      ends: ["guest"],
      async prepare({ event, guest, friend, host }) {
        await friend.call("POST", `/event/${event}/location_request`, { user: guest.id });
        await guest.call("POST", `/event/${event}/location_request`, { user: host.id });
      },
      act: ({ guest }) => erase(guest),
    },
  ],
};
