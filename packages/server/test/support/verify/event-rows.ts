import type { Person } from "../world.ts";
import type { Rows } from "./row.ts";
import { seriesRows } from "./series-rows.ts";
import { plaza, type Scene } from "./scene.ts";

const invite = ({ event }: Scene, by: Person, ...people: string[]) =>
  by.call("POST", `/event/${event}/people`, { people });
const remove = ({ event }: Scene, by: Person, whom: string) =>
  by.call("DELETE", `/event/${event}/people/${whom}`);
const answer = ({ event }: Scene, by: Person, status: string) =>
  by.call("PUT", `/event/${event}/rsvp`, { status });
const patch = ({ event }: Scene, by: Person, body: object) => by.call("PATCH", `/event/${event}`, body);

/** A range still to come, in unix seconds. */
const june = { from: 1_906_632_000, to: 1_907_236_800 };

export const eventRows: Rows = {
  "events.createEvent": [
    ...seriesRows.createEvent,
    {
      what: "creates one with people, addresses and somebody who is not reached",
      act: ({ owner, guest, asker, shy }) =>
        owner.call("POST", "/event", {
          name: "Tea",
          duration: 60,
          people: [guest.id, asker.email, shy.id, "nobody@example.org"],
        }),
    },
  ],
  "events.updateEvent": [
    ...seriesRows.updateEvent,
    { what: "renames it", act: (scene) => patch(scene, scene.host, { name: "Supper", description: "x" }) },
    { what: "takes the time back", act: (scene) => patch(scene, scene.owner, { start_time: null }) },
    { what: "sets a capacity", act: (scene) => patch(scene, scene.owner, { capacity: 7 }) },
    { what: "takes the place away", act: (scene) => patch(scene, scene.owner, { place: null }) },
  ],
  "events.cancelEvent": [
    ...seriesRows.cancelEvent,
    { what: "cancels", act: ({ owner, event }) => owner.call("DELETE", `/event/${event}`) },
  ],
  "events.addPeople": [
    { what: "invites by id", act: (scene) => invite(scene, scene.owner, scene.asker.id) },
    {
      what: "invites an address with an account",
      act: (scene) => invite(scene, scene.host, scene.asker.email),
    },
    { what: "invites an address without one", act: (scene) => invite(scene, scene.owner, "no@example.org") },
    { what: "invites by id who is not reached", act: (scene) => invite(scene, scene.host, scene.shy.id) },
    {
      what: "invites by address who is not reached",
      act: (scene) => invite(scene, scene.host, scene.shy.email),
    },
    {
      what: "invites by address whom another had invited in vain",
      prepare: (scene) => invite(scene, scene.host, scene.shy.id),
      act: (scene) => invite(scene, scene.owner, scene.shy.email),
    },
    {
      what: "invites again by address, in vain, whom another had so invited",
      prepare: (scene) => invite(scene, scene.host, scene.shy.email),
      act: (scene) => invite(scene, scene.owner, scene.shy.email),
    },
    {
      what: "invites again by address, in vain, who stands there beside the address, in vain",
      async prepare(scene) {
        await invite(scene, scene.host, scene.shy.email);
        await invite(scene, scene.host, scene.shy.id);
      },
      act: (scene) => invite(scene, scene.owner, scene.shy.email),
    },
    {
      what: "invites by id whom another had invited by address in vain",
      prepare: (scene) => invite(scene, scene.host, scene.shy.email),
      act: (scene) => invite(scene, scene.owner, scene.shy.id),
    },
    {
      what: "invites by id who stands there as an address",
      prepare: (scene) => invite(scene, scene.host, scene.asker.email),
      act: (scene) => invite(scene, scene.owner, scene.asker.id),
    },
    {
      what: "reaches whom another had invited in vain",
      prepare: async (scene) => {
        await invite(scene, scene.host, scene.shy.id);
        const { owner, shy } = scene;
        await owner.call("POST", `/user/${shy.id}/friend_request`, { from: owner.id });
        await shy.call("PUT", `/user/${shy.id}/friend_request/${owner.id}`, { answer: "accept" });
      },
      act: (scene) => invite(scene, scene.owner, scene.shy.id),
    },
    {
      what: "invites again who was removed",
      prepare: (scene) => remove(scene, scene.owner, scene.guest.id),
      act: (scene) => invite(scene, scene.owner, scene.guest.id),
    },
    {
      what: "invites again, in vain, who has just left",
      prepare: (scene) => remove(scene, scene.guest, scene.guest.id),
      act: (scene) => invite(scene, scene.owner, scene.guest.id),
    },
    {
      what: "invites again, in vain, who has declined",
      prepare: (scene) => answer(scene, scene.guest, "declined"),
      act: (scene) => invite(scene, scene.host, scene.guest.id),
    },
  ],
  "events.removePerson": [
    ...seriesRows.removePerson,
    { what: "removes a guest", act: (scene) => remove(scene, scene.host, scene.guest.id) },
    { what: "leaves", act: (scene) => remove(scene, scene.guest, scene.guest.id) },
    {
      what: "leaves while somebody waits for an answer that they will not get",
      async prepare({ event, guest, friend }) {
        const ask = () => guest.call("POST", `/event/${event}/location_request`, { user: friend.id });
        await ask();
        await friend.call("PUT", `/event/${event}/location_request/${guest.id}`, { answer: "decline" });
        await ask();
      },
      act: (scene) => remove(scene, scene.friend, scene.friend.id),
    },
    {
      what: "removes an address",
      prepare: (scene) => invite(scene, scene.owner, "no@example.org"),
      act: (scene) => remove(scene, scene.owner, "no@example.org"),
    },
    {
      what: "removes whom they had invited in vain",
      prepare: (scene) => invite(scene, scene.host, scene.shy.id),
      act: (scene) => remove(scene, scene.host, scene.shy.id),
    },
    {
      what: "removes an address with an account, which reads",
      prepare: (scene) => invite(scene, scene.owner, scene.asker.email),
      act: (scene) => remove(scene, scene.owner, scene.asker.email),
    },
  ],
  "events.setRole": [
    {
      what: "makes a guest a host",
      act: ({ owner, guest, event }) =>
        owner.call("PATCH", `/event/${event}/people/${guest.id}`, { role: "host" }),
    },
    {
      what: "makes a host of whom they had invited in vain",
      prepare: (scene) => invite(scene, scene.owner, scene.shy.id),
      act: ({ owner, shy, event }) =>
        owner.call("PATCH", `/event/${event}/people/${shy.id}`, { role: "host" }),
    },
  ],
  "events.setRsvp": [
    ...seriesRows.setRsvp,
    { what: "accepts", act: (scene) => answer(scene, scene.invited, "accepted") },
    { what: "may come", act: (scene) => answer(scene, scene.guest, "maybe") },
    { what: "declines", act: (scene) => answer(scene, scene.invited, "declined") },
    {
      what: "declines while asked where they are, and asking",
      prepare: async ({ event, guest, friend, host }) => {
        await friend.call("POST", `/event/${event}/location_request`, { user: guest.id });
        await guest.call("POST", `/event/${event}/location_request`, { user: host.id });
      },
      act: (scene) => answer(scene, scene.guest, "declined"),
    },
    {
      what: "comes back after declining",
      prepare: (scene) => answer(scene, scene.guest, "declined"),
      act: (scene) => answer(scene, scene.guest, "accepted"),
    },
    {
      what: "comes back after leaving",
      prepare: (scene) => remove(scene, scene.guest, scene.guest.id),
      act: (scene) => answer(scene, scene.guest, "accepted"),
    },
    {
      what: "comes back after leaving, while invited in vain by address",
      prepare: async (scene) => {
        await remove(scene, scene.guest, scene.guest.id);
        await invite(scene, scene.host, scene.guest.email);
      },
      act: (scene) => answer(scene, scene.guest, "accepted"),
    },
    {
      what: "accepts an invitation by e-mail",
      prepare: (scene) => invite(scene, scene.owner, scene.asker.email),
      act: (scene) => answer(scene, scene.asker, "accepted"),
    },
    {
      what: "declines an invitation by e-mail",
      prepare: (scene) => invite(scene, scene.owner, scene.asker.email),
      act: (scene) => answer(scene, scene.asker, "declined"),
    },
    {
      what: "takes the last place",
      prepare: async ({ owner, friend }) => {
        const { response } = await owner.call("POST", "/event", { name: "Tea", duration: 60, capacity: 2 });
        await owner.call("POST", `/event/${response.id}/people`, { people: [friend.id] });
      },
      act: async ({ friend }) => {
        const { response } = await friend.call("GET", `/user/${friend.id}/events`);
        const tea = response.find(({ name }: { name: string }) => name === "Tea");
        return friend.call("PUT", `/event/${tea.id}/rsvp`, { status: "accepted" });
      },
    },
  ],
  "events.setPlace": [
    ...seriesRows.setPlace,
    {
      what: "moves it",
      act: ({ host, event }) =>
        host.call("PUT", `/event/${event}/place`, { latitude: plaza.latitude + 1, longitude: 1, name: "x" }),
    },
  ],
  "schedule.setAvailability": [
    {
      what: "lets their time be used",
      act: ({ guest, event }) => guest.call("PUT", `/event/${event}/availability`, { share: true, ...june }),
    },
    {
      what: "takes it back",
      prepare: ({ guest, event }) =>
        guest.call("PUT", `/event/${event}/availability`, { share: true, ...june }),
      act: ({ guest, event }) => guest.call("PUT", `/event/${event}/availability`, { share: false }),
    },
  ],
  "meeting.setStart": [
    {
      what: "says where they will set out from",
      act: ({ guest, event }) => guest.call("PUT", `/event/${event}/start`, plaza),
    },
  ],
  "meeting.removeStart": [
    {
      what: "takes it back",
      prepare: ({ guest, event }) => guest.call("PUT", `/event/${event}/start`, plaza),
      act: ({ guest, event }) => guest.call("DELETE", `/event/${event}/start`),
    },
  ],
};
