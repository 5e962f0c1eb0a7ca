import type { Json, Person } from "../world.ts";
import type { Act } from "./row.ts";
import type { Scene } from "./scene.ts";

const dayS = 86_400;

/** A series of everybody in the scene, daily from tomorrow, five times; the host is one there too. */
async function createSeries({ world, owner, host, guest, invited, friend }: Scene): Promise<void> {
  const start_time = Math.floor(world.clock.now() / 1000) + dayS;
  const people = [host, guest, invited, friend].map(({ id }) => id);
  const body = { name: "Run", start_time, duration: 3_600, recurrence: "FREQ=DAILY;COUNT=5", people };
  const { response } = await owner.call("POST", "/event", body);
  await owner.call("PATCH", `/event/${response.id}/people/${host.id}`, { role: "host" });
  for (const person of [host, guest]) await answer(person, response.id, "accepted");
}

const answer = (by: Person, event: string, status: string) =>
  by.call("PUT", `/event/${event}/rsvp`, { status });

/** Of the series that goes on the longest: the one that was made last. */
async function occurrences({ owner }: Scene): Promise<Json[]> {
  const { response } = await owner.call("GET", `/user/${owner.id}/events?limit=200`);
  const last = response.findLast((event: Json) => event.series !== null)?.series;
  return response.filter((event: Json) => event.series === last && last !== undefined);
}

async function nth(scene: Scene, index: number): Promise<string> {
  return (await occurrences(scene))[index]?.id ?? "";
}

async function series(scene: Scene): Promise<string> {
  return (await occurrences(scene))[0]?.series ?? "";
}

/** One in which somebody has answered for a single occurrence. */
async function answered(scene: Scene): Promise<void> {
  await createSeries(scene);
  await answer(scene.guest, await nth(scene, 1), "declined");
  await answer(scene.invited, await nth(scene, 2), "maybe");
}

const changed = async (scene: Scene, path: string, body: object) =>
  scene.host.call("PATCH", `/event/${path}`, body);

/** What becomes of series, by the call that does it; a change of many occurrences is fetched again. */
export const seriesRows = {
  createEvent: [{ what: "creates a series", act: createSeries, refetched: true }],
  updateEvent: [
    {
      what: "changes one occurrence",
      prepare: answered,
      act: async (scene) => changed(scene, await nth(scene, 1), { name: "Swim", duration: 60 }),
    },
    {
      what: "changes what follows",
      prepare: answered,
      act: async (scene) => changed(scene, `${await nth(scene, 2)}?scope=following`, { name: "Swim" }),
      refetched: true,
    },
    {
      what: "changes a whole series",
      prepare: answered,
      act: async (scene) => changed(scene, await series(scene), { description: "x", duration: 60 }),
      refetched: true,
    },
    {
      what: "changes the rule",
      prepare: answered,
      act: async (scene) => changed(scene, await series(scene), { recurrence: "FREQ=DAILY;INTERVAL=2" }),
      refetched: true,
    },
    {
      what: "makes a series of an event",
      act: async (scene) => changed(scene, scene.event, { recurrence: "FREQ=WEEKLY;COUNT=3" }),
      refetched: true,
    },
    {
      what: "makes an event of a series",
      prepare: answered,
      act: async (scene) => changed(scene, await series(scene), { recurrence: null }),
      refetched: true,
    },
    {
      what: "makes whole days of an event",
      act: async (scene) => changed(scene, scene.event, { all_day: true, start_date: "2030-07-01" }),
    },
  ],
  cancelEvent: [
    {
      what: "cancels one occurrence",
      prepare: answered,
      act: async (scene) => scene.owner.call("DELETE", `/event/${await nth(scene, 1)}`),
    },
    {
      what: "cancels what follows",
      prepare: answered,
      act: async (scene) => scene.owner.call("DELETE", `/event/${await nth(scene, 2)}?scope=following`),
      refetched: true,
    },
    {
      what: "cancels a series",
      prepare: answered,
      act: async (scene) => scene.owner.call("DELETE", `/event/${await series(scene)}`),
      refetched: true,
    },
  ],
  removePerson: [
    {
      what: "leaves a series after answering for one occurrence",
      prepare: answered,
      act: async (scene) =>
        scene.guest.call("DELETE", `/event/${await series(scene)}/people/${scene.guest.id}`),
    },
  ],
  setRsvp: [
    {
      what: "declines one occurrence",
      prepare: answered,
      act: async (scene) => answer(scene.host, await nth(scene, 3), "declined"),
    },
    {
      what: "accepts one occurrence only",
      prepare: answered,
      act: async (scene) => answer(scene.invited, await nth(scene, 3), "accepted"),
    },
    {
      what: "accepts one occurrence, invited by e-mail",
      async prepare(scene) {
        await createSeries(scene);
        const people = [scene.asker.email];
        await scene.owner.call("POST", `/event/${await series(scene)}/people`, { people });
      },
      act: async (scene) => answer(scene.asker, await nth(scene, 3), "accepted"),
    },
    {
      what: "answers for a series, which takes back what was answered for one occurrence",
      prepare: answered,
      act: async (scene) => answer(scene.guest, await series(scene), "maybe"),
      refetched: true,
    },
    {
      what: "answers for a series the same again",
      prepare: answered,
      act: async (scene) => answer(scene.guest, await series(scene), "accepted"),
      refetched: true,
    },
    {
      what: "declines a series after answering for one occurrence",
      prepare: answered,
      act: async (scene) => answer(scene.guest, await series(scene), "declined"),
      refetched: true,
    },
  ],
  setPlace: [
    {
      what: "moves one occurrence",
      prepare: answered,
      act: async (scene) =>
        scene.host.call("PUT", `/event/${await nth(scene, 1)}/place`, { latitude: 1, longitude: 1 }),
    },
  ],
} as const satisfies Readonly<Record<string, readonly Act[]>>;
