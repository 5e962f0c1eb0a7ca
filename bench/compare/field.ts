import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Peer, PeerKind, Room } from "../peers/peer.ts";
import type { Round } from "../rounds.ts";

/** One peer in this run: what it gave, or why not. */
export interface Entrant {
  readonly kind: PeerKind;
  readonly peer: Peer | null;
  /** Why it is not there, or gave up on the way. */
  note: string | null;
  alone: Round[];
  bursts: Round[];
  sends: Round[];
}

/** Starts everybody that is installed; who is not says so. */
export async function startAll(
  kinds: readonly PeerKind[],
  directory: string,
  people: number,
): Promise<Entrant[]> {
  const entrants: Entrant[] = [];
  for (const kind of kinds) entrants.push(await startOne(kind, directory, people));
  return entrants;
}

async function startOne(kind: PeerKind, directory: string, people: number): Promise<Entrant> {
  const nothing = { kind, alone: [], bursts: [], sends: [] };
  const missing = kind.missing();
  if (missing !== null) return { ...nothing, peer: null, note: missing };
  try {
    const own = await mkdtemp(join(directory, "peer-"));
    return { ...nothing, peer: await kind.start(own, people), note: null };
  } catch (error) {
    return { ...nothing, peer: null, note: `did not start: ${said(error)}` };
  }
}

export async function stopAll(entrants: readonly Entrant[]): Promise<void> {
  for (const { peer } of entrants) await peer?.[Symbol.asyncDispose]();
}

/** Work with one entrant; one that fails is out, and the others go on. */
export async function attempt(entrant: Entrant, work: (peer: Peer) => Promise<void>): Promise<void> {
  if (entrant.peer === null || entrant.note !== null) return;
  try {
    await work(entrant.peer);
  } catch (error) {
    entrant.note = `failed: ${said(error)}`;
    console.error(`${entrant.kind.name} ${entrant.note}`);
  }
}

/** Everybody's room of one size, open at the same time; checked and closed afterwards. */
export async function inRooms(
  entrants: readonly Entrant[],
  connections: number,
  work: (rooms: Map<Entrant, Room>) => Promise<void>,
): Promise<void> {
  const rooms = new Map<Entrant, Room>();
  for (const entrant of entrants) {
    await attempt(entrant, async (peer) => void rooms.set(entrant, await peer.join(connections)));
  }
  await work(rooms);
  for (const [entrant, room] of rooms) {
    await attempt(entrant, async (peer) => peer.verify?.(room));
    room.close();
  }
}

function said(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").slice(0, 200);
}
