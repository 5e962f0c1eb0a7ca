import { activate, offer, settings, vote } from "../polls.ts";
import type { Rows } from "./row.ts";
import type { Scene } from "./scene.ts";

/** Takes the time back and offers two others, on which the guest has voted. */
async function open({ event, owner, guest }: Scene): Promise<void> {
  await owner.call("PATCH", `/event/${event}`, { start_time: null });
  await offer(owner, event, [{ date: "2098-01-01" }, { date: "2098-01-02" }]);
  await vote(guest, event, { [await idOf(owner, event, 0)]: "yes", [await idOf(owner, event, 1)]: "no" });
}

/** Of what is there by now: what came before may have left no poll. */
async function idOf(by: Scene["owner"], event: string, index: number): Promise<string> {
  const { response } = await by.call("GET", `/event/${event}/options`);
  return response?.options[index]?.id ?? "none";
}

const required = ({ guest, friend }: Scene) => [guest.id, friend.id];

export const pollRows: Rows = {
  "polls.addOptions": [
    {
      what: "offers times for an event that has none yet",
      prepare: ({ event, owner }) => owner.call("PATCH", `/event/${event}`, { start_time: null }),
      act: ({ event, host }) => offer(host, event, [{ date: "2098-03-01" }]),
    },
    {
      what: "offers another",
      prepare: open,
      act: ({ event, owner }) => offer(owner, event, [{ date: "2098-03-01" }]),
    },
  ],
  "polls.setPoll": [
    {
      what: "hides who votes what, until then, and says whose answer decides",
      prepare: open,
      act: (scene) =>
        settings(scene.owner, scene.event, {
          hidden: true,
          deadline: 4_000_000_000,
          required: required(scene),
        }),
    },
  ],
  "polls.removeOption": [
    {
      what: "takes one away, with its votes",
      prepare: open,
      act: async ({ event, owner }) =>
        owner.call("DELETE", `/event/${event}/options/${await idOf(owner, event, 0)}`),
    },
  ],
  "polls.setVotes": [
    {
      what: "votes",
      prepare: open,
      act: async ({ event, host }) => vote(host, event, { [await idOf(host, event, 0)]: "if_needed" }),
    },
    {
      what: "takes a vote back and changes another",
      prepare: open,
      act: async ({ event, guest }) =>
        vote(guest, event, { [await idOf(guest, event, 0)]: null, [await idOf(guest, event, 1)]: "yes" }),
    },
    {
      what: "votes where guests do not see who does",
      prepare: async (scene) => {
        await open(scene);
        await settings(scene.owner, scene.event, { hidden: true });
      },
      act: async ({ event, invited }) => vote(invited, event, { [await idOf(invited, event, 1)]: "yes" }),
    },
  ],
  "polls.activate": [
    {
      what: "fixes the day",
      prepare: open,
      act: async ({ event, host }) => activate(host, event, { option: await idOf(host, event, 0) }),
    },
    {
      what: "moves the time",
      act: ({ event, owner }) => activate(owner, event, { start_time: 4_000_000_000, duration: 60 }),
    },
  ],
};

/** What happens to people and events around a poll. */
export const pollRowsOfEvents: Rows = {
  "events.updateEvent": [
    {
      what: "opens the poll again",
      prepare: async (scene) => {
        await open(scene);
        await activate(scene.owner, scene.event, { option: await idOf(scene.owner, scene.event, 0) });
      },
      act: ({ event, owner }) => owner.call("PATCH", `/event/${event}`, { start_time: null }),
    },
  ],
  "events.removePerson": [
    {
      what: "removes somebody who has voted and is required",
      prepare: async (scene) => {
        await open(scene);
        await settings(scene.owner, scene.event, { required: required(scene) });
      },
      act: ({ event, owner, guest }) => owner.call("DELETE", `/event/${event}/people/${guest.id}`),
    },
  ],
  "events.setRsvp": [
    {
      what: "declines, and takes the votes along",
      prepare: open,
      act: ({ event, guest }) => guest.call("PUT", `/event/${event}/rsvp`, { status: "declined" }),
    },
  ],
};
