import type { EventId } from "@jarvis/contract";
import { examples } from "../../packages/contract/src/examples.ts";
import { type Chat, type Member, pick } from "./crowd.ts";

const image = Uint8Array.fromBase64(examples.photos.uploadPhoto.request.image);

/** What people do beside talking, in a chat whose last person comes and goes. */
export async function react({ id, members }: Chat, n: number, seq: number): Promise<void> {
  const { chat } = pick(members, n % (members.length - 1)).client;
  await chat.addReaction({ id, seq, emoji: "👍" });
  await chat.removeReaction({ id, seq, emoji: "👍" });
}

export async function pin({ id, members }: Chat, seq: number): Promise<void> {
  const { chat } = pick(members, 0).client;
  await chat.pinMessage({ id, seq });
  await chat.unpinMessage({ id, seq });
}

export async function showPhoto({ id, members }: Chat): Promise<void> {
  const { chat, photos } = pick(members, 0).client;
  const { id: photo } = await photos.uploadPhoto({ id, image });
  await chat.sendMessage({ id, client_id: photo, text: "", photos: [photo] });
  await photos.getPhoto({ id: photo });
}

/** Waits for the next message the way of those without a connection. */
export async function waitForMessage(member: Member, id: EventId, after: number): Promise<void> {
  await member.client.chat.listMessages({ id, after, wait: 1 });
}

export async function poll({ client }: Member): Promise<void> {
  const { cursor } = await client.streams.pollFrames({ wait: 0 });
  await client.streams.pollFrames({ resume: cursor, wait: 1 });
}

/** Hears something over server-sent events, and goes away without a word. */
export async function listen(url: string, { who }: Member): Promise<void> {
  const leaving = new AbortController();
  const answer = await fetch(`${url}/realtime/sse`, {
    headers: { authorization: `Bearer ${who.token}` },
    signal: leaving.signal,
  });
  const reader = answer.body?.getReader();
  if (!answer.ok || reader === undefined) throw new Error(`event stream: ${answer.status}`);
  for (let chunks = 0; chunks < 5; chunks++) await reader.read();
  leaving.abort();
}

/** Gives a long poll up in the middle. */
export async function giveUp(member: Member, id: EventId, after: number): Promise<void> {
  const cut = AbortSignal.timeout(50);
  await member.client.chat.listMessages({ id, after, wait: 20 }, { signal: cut }).catch((error: unknown) => {
    if (!cut.aborted) throw error;
  });
}
