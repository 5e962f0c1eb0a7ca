import type { Event, Vote } from "@jarvis/contract";
import type { Cast, Person } from "./people.ts";
import { Unmet } from "./view.ts";

const dayS = 24 * 60 * 60;
/** What each says of now, of tomorrow and of the day after. */
const choices: Readonly<Record<string, readonly [Vote, Vote, Vote]>> = {
  Ana: ["yes", "yes", "no"],
  Ben: ["yes", "no", "yes"],
  Cho: ["if_needed", "yes", "yes"],
  Dev: ["yes", "no", "no"],
  Eli: ["yes", "if_needed", "no"],
};

/** Ana offers three times, each says which suit, and the one that all can make becomes the event's. */
export async function findTime({ ana, ...others }: Cast, event: Event, startS: number): Promise<Event> {
  const { id } = event;
  const times = [0, 1, 2].map((days) => ({ start_time: startS + days * dayS }));
  const options = await ana.client.polls.addOptions({ id, options: times });
  const people = [ana, ...Object.values(others)];
  for (const person of people) await vote(person, id, options);
  const poll = await ana.client.polls.getPoll({ id });
  await ana.view.until(() => ana.view.heard("poll", { version: poll.version }), "Ana hears of all votes");
  const first = poll.options.find(({ tally }) => tally.no === 0);
  if (first?.tally.yes !== 4 || first.tally.if_needed !== 1) throw new Unmet("votes were not counted right");
  const fixed = await ana.client.polls.activate({ id, option: first.id }, { ifMatch: event.version });
  for (const { name, view } of Object.values(others)) {
    const isTold = () => view.lastMessage?.system?.code === "time_set";
    await view.until(isTold, `${name} hears that the time is set`);
  }
  await refusesVote(others.ben, fixed, first.id);
  return fixed;
}

async function vote({ client, name }: Person, id: Event["id"], options: { id: string }[]): Promise<void> {
  const votes = options.map((option, index) => [option.id, choices[name]?.[index] ?? "no"] as const);
  await client.polls.setVotes({ id, votes: Object.fromEntries(votes) });
}

async function refusesVote({ client }: Person, { id }: Event, option: string): Promise<void> {
  const isRefused = await client.polls.setVotes({ id, votes: { [option]: "no" } }).then(
    () => false,
    () => true,
  );
  if (!isRefused) throw new Unmet("somebody voted after the time was set");
}
