import type { Event } from "@jarvis/contract";
import type { Cast, Person } from "./people.ts";
import type { Track } from "./tracks.ts";
import { Unmet } from "./view.ts";

export interface Traveller {
  person: Person;
  track: Track;
}

export interface JourneyOptions {
  event: Event;
  cast: Cast;
  travellers: readonly Traveller[];
  /** Seconds of movement in one real second. */
  speed: number;
  draw: (travelledS: number) => void;
}

const tickMs = 1_000;
const graceS = 45;

/** Everybody moves along their track and uploads a fix each second, until all see that all have arrived. */
export async function travel(options: JourneyOptions): Promise<void> {
  const { travellers, speed, draw } = options;
  const started = performance.now();
  const longestS = Math.max(...travellers.map(({ track }) => track.seconds));
  const limitS = longestS / speed + graceS;
  const pause = pauseOf(options, longestS);
  const greet = greetingOf(options);
  for (;;) {
    const elapsedS = (performance.now() - started) / 1_000;
    const travelledS = elapsedS * speed;
    await pause(travelledS);
    for (const { person, track } of travellers) person.connection.location(track.at(travelledS));
    greet.at(travelledS);
    draw(travelledS);
    checkSights(options);
    if (travelledS > longestS && allArrived(options)) return greet.settled();
    if (elapsedS > limitS) throw new Unmet(`not everybody had arrived after ${Math.round(elapsedS)} s`);
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
}

/** Dev pauses for a quarter of the time and goes on uploading: nobody may see where. */
function pauseOf({ cast, event }: JourneyOptions, longestS: number): (travelledS: number) => Promise<void> {
  const { dev } = cast;
  const viewers = othersOf(cast, dev);
  let phase: "before" | "paused" | "after" = "before";
  return async (travelledS) => {
    if (phase === "before" && travelledS > longestS * 0.25) {
      phase = "paused";
      await dev.client.location.setSharing({ id: event.id, state: "paused" });
      await Promise.all(viewers.map((viewer) => seesPaused(viewer, dev)));
    } else if (phase === "paused" && travelledS > longestS * 0.5) {
      phase = "after";
      for (const { view } of viewers) view.hidden.delete(dev.id);
      await dev.client.location.setSharing({ id: event.id, state: "on", precision: "exact" });
    }
  };
}

async function seesPaused({ name, view }: Person, dev: Person): Promise<void> {
  await view.until(() => view.positions.get(dev.id)?.state === "paused", `${name} sees that Dev has paused`);
  view.hidden.add(dev.id);
}

interface Greeting {
  at(travelledS: number): void;
  /** Resolves once all that was said is stored: who compares the chat before then sees it change meanwhile. */
  settled(): Promise<void>;
}

/** Whoever comes to the end of their track says so, once; Ana reads what is said. */
function greetingOf({ travellers, event, cast }: JourneyOptions): Greeting {
  const said = new Map<Person, Promise<unknown>>();
  return {
    at(travelledS) {
      for (const { person, track } of travellers) {
        if (travelledS < track.seconds || said.has(person)) continue;
        const sent = person.connection.send(event.id, "I am here");
        said.set(
          person,
          sent.catch((error: unknown) => person.view.fail(`a message was refused: ${String(error)}`)),
        );
      }
      const { view, connection } = cast.ana;
      view.readSeq = view.lastMessage?.seq ?? 0;
      connection.read(event.id, view.readSeq);
    },
    async settled() {
      await Promise.all(said.values());
    },
  };
}

export function othersOf(cast: Cast, person: Person): Person[] {
  return Object.values(cast).filter((other) => other !== person);
}

/** Whoever shares roughly is known to the kilometre only, and whether they are there is theirs to tell. */
function checkSights({ cast }: JourneyOptions): void {
  for (const { name, view, id } of Object.values(cast)) {
    const rough = id === cast.eli.id ? undefined : view.positions.get(cast.eli.id);
    const exact = rough && (rough.state === "arrived" || (rough.distance_m ?? 0) % 1_000 !== 0);
    if (exact) throw new Unmet(`${name} saw more of Eli than the rough position`);
    if (view.positions.has(id)) throw new Unmet(`${name} was sent their own position`);
    if (view.problems[0]) throw new Unmet(`${name}: ${view.problems[0]}`);
  }
}

function allArrived({ cast }: JourneyOptions): boolean {
  return Object.values(cast).every((viewer) =>
    othersOf(cast, viewer).every((other) => hasArrived(viewer, other)),
  );
}

function hasArrived(viewer: Person, other: Person): boolean {
  const row = viewer.view.positions.get(other.id);
  if (other.precision === "exact") return row?.state === "arrived";
  return row?.state === "travelling" && row.distance_m !== null && (row.distance_m ?? Infinity) <= 1_000;
}
