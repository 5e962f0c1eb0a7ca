import { JarvisError } from "@jarvis/sdk";
import { type Chat, type Member, pick } from "./crowd.ts";
import { giveUp, listen, pin, poll, react, showPhoto, waitForMessage } from "./over-http.ts";

/** What is done, and how often a second. */
export interface Soak {
  readonly url: string;
  readonly members: readonly Member[];
  /** Only said into. */
  readonly chats: readonly Chat[];
  /** Edited, deleted, left and joined. */
  readonly lively: Chat;
  readonly counts: Record<string, number>;
  readonly faults: string[];
}

type Deed = (soak: Soak, n: number) => unknown;

async function say({ chats, lively }: Soak, n: number): Promise<void> {
  const chat = n % 10 === 0 ? lively : pick(chats, n);
  const member = chat === lively ? pick(chat.members, 0) : pick(chat.members, Math.floor(n / chats.length));
  const text = `m${n}`;
  const send: Chat["sends"][number] = { clientId: text, text, seq: null };
  chat.sends.push(send);
  // The connection that carries it may be replaced meanwhile: then the new one says it again, under the same id.
  while (send.seq === null) {
    const { connection } = member;
    try {
      send.seq = (await connection.send(chat.id, text, { clientId: text })).seq;
    } catch (error) {
      if (error instanceof JarvisError || member.connection === connection) throw error;
    }
  }
}

export const perSecond: readonly [name: string, rate: number, deed: Deed][] = [
  ["said", 40, say],
  ["edited", 2, ({ lively }, n) => edit(lively, n)],
  ["deleted", 0.2, ({ lively }, n) => remove(lively, n)],
  ["read", 5, ({ chats }, n) => pick(pick(chats, n).members, n).connection.read(pick(chats, n).id, n)],
  ["typed", 5, ({ chats }, n) => void pick(pick(chats, n).members, n).connection.typing(pick(chats, n).id)],
  [
    "moved",
    5,
    ({ members }, n) =>
      void pick(members, n).connection.location({ latitude: 49 + (n % 100) / 1e4, longitude: -123 }),
  ],
  ["watched", 1, ({ chats }, n) => pick(pick(chats, n).members, n).connection.watch(pick(chats, n).id)],
  [
    "fetched",
    3,
    ({ chats }, n) => pick(chats, n).members[0]?.client.chat.listMessages({ id: pick(chats, n).id }),
  ],
  ["reacted", 2, ({ lively }, n) => onKept(lively, n, (seq) => react(lively, n, seq))],
  ["pinned", 0.5, ({ lively }, n) => onKept(lively, n, (seq) => pin(lively, seq))],
  ["searched", 1, ({ chats }, n) => search(pick(chats, n), n)],
  ["showed a photo", 0.5, ({ lively }) => showPhoto(lively)],
  ["waited for a message", 1, ({ chats }, n) => waitIn(pick(chats, n), waitForMessage)],
  ["gave a wait up", 1, ({ chats }, n) => waitIn(pick(chats, n), giveUp)],
  ["polled", 2, ({ members }, n) => poll(pick(members, n))],
  ["heard events", 1, ({ url, members }, n) => listen(url, pick(members, n))],
  ["created", 0.2, ({ members }, n) => createAndCancel(pick(members, n), pick(members, n + 1))],
  ["removed and invited", 0.5, changePeople],
  ["rested", 0.2, ({ members }, n) => pick(members, n * 7).rest(8_000)],
  ["reconnected", 0.4, ({ members }, n) => pick(members, n * 3).reconnect()],
];

/** Those at even places are deleted, the others stay. */
async function onKept({ sends }: Chat, n: number, deed: (seq: number) => Promise<void>): Promise<void> {
  const seq = sends[2 * (n % Math.max(1, Math.floor(sends.length / 2))) + 1]?.seq ?? null;
  if (seq !== null) await deed(seq);
}

async function edit(chat: Chat, n: number): Promise<void> {
  await onKept(chat, n, async (seq) => {
    await pick(chat.members, 0).client.chat.editMessage({ id: chat.id, seq, text: `edited ${n}` });
  });
}

async function search({ id, members }: Chat, n: number): Promise<void> {
  await pick(members, n).client.chat.searchMessages({ id, q: `m${n}` });
}

async function waitIn(
  { id, sends, members }: Chat,
  wait: (member: Member, id: Chat["id"], after: number) => Promise<void>,
): Promise<void> {
  await wait(pick(members, sends.length), id, Math.max(0, ...sends.slice(-20).map(({ seq }) => seq ?? 0)));
}

async function remove({ id, sends, members }: Chat, n: number): Promise<void> {
  const seq = sends[2 * n]?.seq ?? null;
  if (seq !== null) await pick(members, 0).client.chat.deleteMessage({ id, seq });
}

async function createAndCancel(owner: Member, guest: Member): Promise<void> {
  const { id } = await owner.client.events.createEvent({
    name: "Short",
    duration: 600,
    people: [guest.who.id],
  });
  await owner.client.events.cancelEvent({ id });
}

async function changePeople({ lively }: Soak, n: number): Promise<void> {
  const [owner] = lively.members;
  const guest = lively.members.at(-1);
  if (owner === undefined || guest === undefined) return;
  if (n % 2 === 0) await owner.client.events.removePerson({ id: lively.id, person: guest.who.id });
  else await owner.client.events.addPeople({ id: lively.id, people: [guest.who.id] });
}
