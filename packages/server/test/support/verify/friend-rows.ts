import type { Rows } from "./row.ts";
import type { Scene } from "./scene.ts";
import type { Person } from "../world.ts";

const ask = (from: Person, to: Person) =>
  from.call("POST", `/user/${to.id}/friend_request`, { from: from.id });
const block = (by: Person, whom: Person) => by.call("PUT", `/user/${by.id}/blocks/${whom.id}`);
const answer = (by: Person, from: Person, what: string) =>
  by.call("PUT", `/user/${by.id}/friend_request/${from.id}`, { answer: what });
const locate = ({ event }: Scene, from: Person, whom: Person) =>
  from.call("POST", `/event/${event}/location_request`, { user: whom.id });

export const friendRows: Rows = {
  "friends.requestFriend": [
    { what: "asks", act: ({ owner, guest }) => ask(owner, guest) },
    { what: "asks back, which makes friends", act: ({ guest, asker }) => ask(guest, asker) },
    {
      what: "asks somebody who has blocked them",
      prepare: ({ owner, guest }) => block(guest, owner),
      act: ({ owner, guest }) => ask(owner, guest),
    },
    {
      what: "asks again after a decline that was withdrawn",
      prepare: async ({ guest, asker }) => {
        await answer(guest, asker, "decline");
        await asker.call("DELETE", `/user/${guest.id}/friend_request`);
      },
      act: ({ guest, asker }) => ask(asker, guest),
    },
  ],
  "friends.withdrawFriendRequest": [
    {
      what: "withdraws",
      act: ({ guest, asker }) => asker.call("DELETE", `/user/${guest.id}/friend_request`),
    },
    {
      what: "withdraws what was declined",
      prepare: ({ guest, asker }) => answer(guest, asker, "decline"),
      act: ({ guest, asker }) => asker.call("DELETE", `/user/${guest.id}/friend_request`),
    },
  ],
  "friends.answerFriendRequest": [
    { what: "accepts", act: ({ guest, asker }) => answer(guest, asker, "accept") },
    { what: "declines", act: ({ guest, asker }) => answer(guest, asker, "decline") },
  ],
  "friends.removeFriend": [
    {
      what: "ends a friendship",
      act: ({ guest, friend }) => guest.call("DELETE", `/user/${guest.id}/friends/${friend.id}`),
    },
  ],
  "friends.block": [
    { what: "blocks a friend in a common event", act: ({ guest, friend }) => block(guest, friend) },
    { what: "blocks who has asked", act: ({ guest, asker }) => block(guest, asker) },
    { what: "blocks whom they have asked", act: ({ guest, asker }) => block(asker, guest) },
    {
      what: "blocks who has asked where they are",
      prepare: async (scene) => locate(scene, scene.friend, scene.guest),
      act: ({ guest, friend }) => block(guest, friend),
    },
    {
      what: "blocks whom they have asked where they are",
      prepare: async (scene) => locate(scene, scene.guest, scene.friend),
      act: ({ guest, friend }) => block(guest, friend),
    },
  ],
  "friends.unblock": [
    {
      what: "lifts a block",
      refetched: true, // read markers, which are no entries, are shown again
      prepare: ({ guest, owner }) => block(guest, owner),
      act: ({ guest, owner }) => guest.call("DELETE", `/user/${guest.id}/blocks/${owner.id}`),
    },
  ],
};
