import { type EventId, limits, type ServerFrame, type streams, type UserId } from "@jarvis/contract";
import { type Call, eventsOf, type Handlers, type RequestFacts } from "../call.ts";
import type { Context } from "../context.ts";
import { foreignOrigin } from "../http/origin.ts";
import type { SocketCounts } from "../http/socket-metrics.ts";
import { AppError } from "../lib/app-error.ts";
import { Cursor } from "./cursor.ts";
import type { Hub } from "./hub.ts";
import type { LocalTopics } from "./local-topics.ts";
import { PollTransport } from "./poll-transport.ts";
import { Session } from "./session.ts";
import { SseTransport } from "./sse-transport.ts";
import { Subscriptions } from "./subscriptions.ts";

/** What these connections share with the sockets. */
export interface Door {
  readonly ctx: Context;
  readonly hub: Hub;
  readonly topics: LocalTopics;
  readonly counts: SocketCounts;
  /** Every connection that is open, of whatever kind. */
  readonly open: Set<Session>;
  /** Polls among them: they are not told to come back later. */
  readonly polls: Set<Session>;
  /** Why nobody is let in at the moment. */
  refusal(): AppError | null;
  isClosed(): boolean;
}

type Routes = typeof streams;
const defaultWaitS = 25;
/** Beyond what a poll waits: for its replay, and for the answer to leave. */
const graceS = 15;
/** How long the last event of a stream waits for a reader who does not read. */
const lastCallS = 20;
const retryMs = { least: 1_000, spread: 2_000 } as const;

/** The realtime interface over plain HTTP: the same sessions as over a WebSocket, on other transports. */
export function streamRoutes(door: Door): Handlers<Routes> {
  return {
    streamFrames: (call) => openStream(door, call),
    pollFrames: (call) => poll(door, call),
  };
}

async function openStream(door: Door, { ctx, viewer, query, request }: Call<Routes["streamFrames"]>) {
  requireEntry(door, request);
  const cursor = await cursorFor(door, viewer.id, request.lastEventId || query.resume);
  const session = new Session(door.hub, null);
  const { signal } = request;
  const onGone = () => transport.gone();
  const transport = new SseTransport({
    clock: ctx.clock,
    cursor,
    subscriptions: new Subscriptions(door.topics),
    retryMs: () => Math.floor(retryMs.least + retryMs.spread * ctx.random.fraction()),
    events: {
      drained: () => session.drained(),
      closing: () => request.keepOpen(lastCallS),
      ended(code) {
        signal.removeEventListener("abort", onGone);
        door.open.delete(session);
        door.counts.streams--;
        if (code !== null) door.counts.streamEnded(code);
        session.ended();
      },
    },
  });
  door.open.add(session);
  door.counts.streams++;
  try {
    await session.start(
      transport,
      () => request.authenticate(),
      (_, heads) => cursor.begin(heads),
    );
  } catch (error) {
    transport.gone();
    throw error;
  }
  transport.begun();
  request.keepOpen(0);
  signal.addEventListener("abort", onGone, { once: true });
  if (signal.aborted) onGone();
  for (const event of query.watch ?? []) watch(door, session, event);
  return eventsOf(transport.body);
}

/** As the frame `watch` does it; what is refused says which event it was. */
function watch({ hub }: Door, session: Session, event: EventId): void {
  const { viewer } = session;
  if (viewer === null) return;
  hub
    .execute(session, viewer, { type: "watch", ...watched(event) })
    .catch((error: unknown) => session.fail(error, { ref: event.slice(0, limits.clientIdLength) }));
}

const personPrefix = "user:";

/** `user:<id>`, as the person's stream is called, is a friend; everything else is an event. */
function watched(name: EventId): { event: EventId } | { user: UserId } {
  if (!name.startsWith(personPrefix)) return { event: name };
  return { user: name.slice(personPrefix.length) as UserId }; // as in the frame: any text may be one
}

async function poll(door: Door, { ctx, viewer, query, request }: Call<Routes["pollFrames"]>) {
  requireEntry(door, request);
  const cursor = await cursorFor(door, viewer.id, query.resume);
  const session = new Session(door.hub, null);
  const transport = new PollTransport({
    cursor,
    subscriptions: new Subscriptions(door.topics),
    isCatchingUp: () => session.following?.isCatchingUp ?? true,
    isDraining: () => door.isClosed(),
  });
  const waitS = query.wait ?? defaultWaitS;
  request.keepOpen(waitS + graceS);
  const expire = () => transport.expire();
  const timer = waitS === 0 ? null : ctx.clock.schedule(waitS * 1_000, expire);
  const { signal } = request;
  signal.addEventListener("abort", expire, { once: true });
  // Whoever gave up before this line would otherwise hold their place for as long as they had meant to wait.
  if (signal.aborted) expire();
  door.open.add(session);
  door.polls.add(session);
  door.counts.polls++;
  try {
    await session.start(
      transport,
      () => request.authenticate(),
      (_, heads) => cursor.begin(heads),
    );
    transport.begun(waitS === 0 || !cursor.resumes);
    const { frames, cursor: next } = await transport.answer;
    // The frames are our own text; the answer's schema wants them as values.
    return { frames: frames.map((text) => JSON.parse(text) as ServerFrame), cursor: next };
  } finally {
    timer?.cancel();
    signal.removeEventListener("abort", expire);
    door.open.delete(session);
    door.polls.delete(session);
    door.counts.polls--;
    transport.expire();
    session.ended();
  }
}

/** Browsers let any page ask any server, and may send the cookie along. */
function requireEntry(door: Door, request: RequestFacts): void {
  if (request.isForeign) throw foreignOrigin();
  const refused = door.refusal();
  if (refused !== null) throw refused;
}

async function cursorFor({ hub }: Door, user: string, text: string | undefined): Promise<Cursor> {
  return new Cursor({ user, epoch: await hub.epoch }, text || null);
}
