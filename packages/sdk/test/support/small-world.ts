import { createClient } from "../../src/client.ts";
import type { StoreOptions } from "../../src/state/store-options.ts";
import { movedClock } from "./moved-clock.ts";
import { chatId, SmallServer } from "./small-server.ts";

/** A store whose time, chance, network and server are the test's. */
export function openSmallWorld(options: StoreOptions = {}, server = new SmallServer()) {
  const clock = movedClock();
  const client = createClient({
    baseUrl: "http://jarvis.test",
    token: "t",
    fetch: server.fetch,
    WebSocket: server.WebSocket,
    clock,
    random,
  });
  const store = client.openStore(options);
  return { server, clock, client, store, chat: () => store.getSnapshot().events[chatId]?.chat };
}

let ids = 0;
const random = { fraction: () => 0.5, id: () => `id-${++ids}` };

/** Lets everything go on that waits for nothing but its turn. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The line that are left: everything is answered, delivered and waited for. */
export async function settle({ server, clock }: Pick<ReturnType<typeof openSmallWorld>, "server" | "clock">) {
  server.held = false;
  for (let quiet = 0; quiet < 3; quiet++) {
    await turns();
    server.answer();
    await turns();
    if (server.waiting.length > 0) quiet = 0;
    server.run();
    const nextMs = clock.nextMs() ?? 0;
    if (nextMs < 10_000) clock.advance(nextMs); // a wait of the store, not the line's pings
  }
  await turns();
  server.run();
  await turns();
}

/** A chat as it is shown, briefly: texts, with what is on its way marked. */
export function shown(store: ReturnType<typeof openSmallWorld>["store"]): string[] {
  return store
    .timeline(chatId)
    .map((item) =>
      item.state === "sent" ? item.message.text : `${item.outgoing.text} (${item.outgoing.state})`,
    );
}
