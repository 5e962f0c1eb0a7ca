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
  draw: (travelledS: number) => void;
}

const tickMs = 1_000;
const limitS = 75;
/** When Dev pauses, and goes on. */
const pauseS = { from: 6, until: 12 };

/** Everybody moves at a real speed and reports each second, until all have seen how each comes along. */
export async function travel(options: JourneyOptions): Promise<{ resumedMs: number }> {
  const { travellers, draw } = options;
  const started = performance.now();
  const pause = pauseOf(options);
  const greet = greetingOf(options);
  for (;;) {
    const travelledS = (performance.now() - started) / 1_000;
    const resumedMs = await pause(travelledS);
    const away = travellers.filter(({ person }) => person !== options.cast.eli);
    const home = travellers.filter(({ person }) => person === options.cast.eli);
    await Promise.all(away.map(({ person, track }) => person.reporter.report(track.at(travelledS))));
    await Promise.all(home.map(({ person, track }) => person.reporter.report({ ...track.at(0), speed: 0 })));
    await greet.at(travelledS);
    draw(travelledS);
    checkSights(options);
    if (resumedMs !== undefined && isOver(options.cast)) {
      await greet.settled();
      return { resumedMs };
    }
    if (travelledS > limitS) throw new Unmet(`after ${limitS} s: ${missing(options.cast)}`);
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
}

/** Dev pauses for some seconds and goes on reporting: nobody may see where. Gives when it was over, once it is. */
function pauseOf({ cast, event }: JourneyOptions): (travelledS: number) => Promise<number | undefined> {
  const { dev } = cast;
  const viewers = othersOf(cast, dev);
  let isPaused = false;
  let resumedMs: number | undefined;
  return async (travelledS) => {
    if (resumedMs === undefined && !isPaused && travelledS > pauseS.from) {
      isPaused = true;
      await dev.client.location.setSharing({ id: event.id, state: "paused" });
      await Promise.all(viewers.map((viewer) => seesPaused(viewer, dev)));
    } else if (isPaused && travelledS > pauseS.until) {
      isPaused = false;
      for (const { view } of viewers) view.hidden.delete(dev.id);
      resumedMs = Date.now();
      await dev.client.location.setSharing({ id: event.id, state: "on", precision: "exact" });
    }
    return resumedMs;
  };
}

async function seesPaused({ name, view }: Person, dev: Person): Promise<void> {
  await view.until(() => view.positions.get(dev.id)?.state === "paused", `${name} sees that Dev has paused`);
  view.hidden.add(dev.id);
}

interface Greeting {
  at(travelledS: number): Promise<void>;
  /** Resolves once all that was said is stored: who compares the chat before then sees it change meanwhile. */
  settled(): Promise<void>;
}

/** Whoever comes to the end of their track says so, once, as does an app that notices it; Ana reads what is said. */
function greetingOf({ travellers, event, cast }: JourneyOptions): Greeting {
  const said = new Map<Person, Promise<unknown>>();
  return {
    async at(travelledS) {
      for (const { person, track } of travellers) {
        if (travelledS < track.seconds || said.has(person)) continue;
        const sent = person.connection.send(event.id, "I am here");
        said.set(
          person,
          sent.catch((error: unknown) => person.view.fail(`a message was refused: ${String(error)}`)),
        );
        await person.reporter.arrive?.(track.at(track.seconds));
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

/** Whoever shares roughly is known to the kilometre only, and neither their speed nor whether they are there. */
function checkSights({ cast }: JourneyOptions): void {
  for (const { name, view, id } of Object.values(cast)) {
    const rough = id === cast.eli.id ? undefined : view.positions.get(cast.eli.id);
    const told = [rough?.speed, rough?.mode, rough?.battery].some((value) => (value ?? null) !== null);
    const exact = rough && (rough.state === "arrived" || (rough.distance_m ?? 0) % 1_000 !== 0 || told);
    if (exact) throw new Unmet(`${name} saw more of Eli than the rough position`);
    if (view.positions.has(id)) throw new Unmet(`${name} was sent their own position`);
    if (view.problems[0]) throw new Unmet(`${name}: ${view.problems[0]}`);
  }
}

/** What everybody is to have seen and heard, and nobody else; each with the sentence for when it is missing. */
function wanted(cast: Cast): { what: string; met: boolean }[] {
  const { ana, ben, cho, dev, eli } = cast;
  const people = Object.values(cast);
  const arrivals = [ana, ben, cho].flatMap((person) =>
    othersOf(cast, person).map(({ name, view }) => ({
      what: `${name} did not see and hear that ${person.name} has arrived`,
      met:
        view.positions.get(person.id)?.state === "arrived" &&
        view.heard("travel", { user: person.id, code: "arrived" }),
    })),
  );
  const late = people.map(({ name, view }) => ({
    what: `${name} did not hear that Dev is late`,
    met: view.heard("travel", { user: dev.id, code: "running_late" }),
  }));
  const leave = { user: eli.id, code: "leave_now" };
  return [
    ...arrivals,
    ...late,
    { what: "nobody told Eli to leave", met: eli.view.heard("travel", leave) },
    { what: "Ben did not see when Dev will be there", met: (ben.view.positions.get(dev.id)?.eta_s ?? 0) > 0 },
  ];
}

function isOver(cast: Cast): boolean {
  return wanted(cast).every(({ met }) => met);
}

function missing(cast: Cast): string {
  return wanted(cast)
    .filter(({ met }) => !met)
    .map(({ what }) => what)
    .join("; ");
}
