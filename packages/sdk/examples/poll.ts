import type { Client, Store } from "../src/index.ts";

/** How a time is found; the guide shows these blocks, and a test runs them against a real server. */
export async function findTime(
  ada: Client,
  bob: Client,
  bobId: string,
  show: (line: string) => void,
): Promise<string> {
  const walk = await ada.events.createEvent({ name: "Walk", duration: 3_600, people: [bobId] });
  const tomorrowS = Math.floor(Date.now() / 1_000) + 86_400;
  const times = [{ start_time: tomorrowS }, { start_time: tomorrowS + 86_400 }];
  await ada.polls.addOptions({ id: walk.id, options: times });

  await watched(ada, bob, walk.id, show);

  const { options } = await ada.polls.getPoll({ id: walk.id });
  const [best] = options.toSorted((a, b) => b.tally.yes - a.tally.yes);
  if (best) await ada.polls.activate({ id: walk.id, option: best.id });
  return walk.id;
}

async function watched(ada: Client, bob: Client, event: string, show: (line: string) => void): Promise<void> {
  const store = ada.openStore();
  await store.ready();
  await store.load(event);
  const stop = store.polls.watch(event);
  const pollOf = () => store.getSnapshot().events[event]?.poll;
  await until(store, () => pollOf() !== undefined);

  const { options } = await bob.polls.getPoll({ id: event });
  const votes = options.map(({ id }, index) => [id, index === 0 ? "if_needed" : "yes"] as const);
  await bob.polls.setVotes({ id: event, votes: Object.fromEntries(votes) });

  await until(store, () => pollOf()?.options.some(({ tally }) => tally.yes > 0) ?? false);
  for (const { tally } of pollOf()?.options ?? []) show(`${tally.yes} yes, ${tally.if_needed} if needed`);

  stop();
  store.close();
}

/** Waits until the store holds what is waited for. */
function until(store: Store, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => holds() && resolve();
    store.subscribe(look);
    look();
  });
}
