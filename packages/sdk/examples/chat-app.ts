import { type Client, itemStorage, type Store } from "../src/index.ts";

/** What a chat app is made of; the guide shows these blocks, and a test runs them against a real server. */
export async function chatApp(
  ada: Client,
  bob: Client,
  event: string,
  localStorage: Parameters<typeof itemStorage>[0],
  show: (line: string) => void,
): Promise<void> {
  const store = ada.openStore({ storage: itemStorage(localStorage) });
  await store.ready();
  await store.load(event);

  await unread(store, bob, event, show);
  await outbox(store, event, show);
  await store.logout();
}

/** Waits until the store holds what is waited for: what `useSyncExternalStore(store.subscribe, …)` does in React. */
async function until(store: Store, holds: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => holds() && resolve();
    store.subscribe(look);
    look();
  });
}

async function unread(store: Store, bob: Client, event: string, show: (line: string) => void): Promise<void> {
  store.on("message", ({ data }) => show(`heard: ${data.message.text}`));
  const badge = () => store.getSnapshot().events[event]?.chat.unread ?? 0;
  await bob.chat.sendMessage({ id: event, text: "Running late", client_id: "late" });
  await until(store, () => badge() > 0);
  show(`${badge()} unread`);
  store.read(event, store.getSnapshot().events[event]?.chat.last_seq ?? 0);
  show(`${badge()} unread`);
}

async function outbox(store: Store, event: string, show: (line: string) => void): Promise<void> {
  const id = store.send(event, "No hurry");
  for (const item of store.timeline(event)) {
    if (item.state === "sent") show(`${item.message.author?.username}: ${item.message.text}`);
    else show(`${item.outgoing.text} (${item.outgoing.state})`);
  }
  await until(store, () => store.getSnapshot().outgoing.every(({ clientId }) => clientId !== id));
  const failed = store.getSnapshot().outgoing.filter(({ state }) => state === "failed");
  for (const { clientId, code } of failed) {
    if (code === "not_found") store.discard(clientId);
    else store.retry(clientId);
  }
  show(`${store.timeline(event).length} messages, none under way`);
}
