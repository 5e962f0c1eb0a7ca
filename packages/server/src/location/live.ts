import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { Batches } from "../lib/batches.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import type { PutOutcome, TrackPoint } from "../lib/tracks.ts";
import { forgetJourney, forgetRest, forgetTraveller } from "../travel/journeys.ts";
import { Consents } from "./consents.ts";
import { Elsewhere } from "./elsewhere.ts";
import { keptMs } from "./rules.ts";
import { Sights } from "./sights.ts";
import { listNewestFixes, listOwnFixes, upsertFixes } from "./store.ts";
import { upsertViews } from "./view-store.ts";

interface Moved {
  readonly user: UserId;
  readonly event: EventId | "";
  readonly point: TrackPoint;
}

interface Look {
  readonly event: EventId;
  readonly sharer: UserId;
  readonly viewer: UserId;
  readonly at: number;
}

/** What nobody was told is on the disk gets there within a second. */
const everyMs = 500;
const fixesTogether = 512;
const looksTogether = 512;
/** A fix is on the disk sooner than this, whichever node took it. */
const unstoredMs = 10_000;
/** This has to outlast calls that were let in before. */
const erasedAtMost = 20_000;

/** What a running server holds of where people are, beside `ctx.tracks`: who sees them, and what is still to be written. */
export class Live {
  readonly sights: Sights;
  readonly consents: Consents;
  /** Newest fixes that are not on the disk yet. */
  readonly fixes: Batches<Moved>;
  /** Who was shown whom. */
  readonly looks: Batches<Look>;
  /** Memory holds what the store does. */
  readonly restored: Promise<void>;
  readonly #ctx: Context;
  readonly #stopListening: () => void;
  /** Whose accounts were erased: what was under way then brings nothing of them back. */
  readonly #gone = new BoundedMap<UserId, true>(erasedAtMost);

  /** Counts what is forgotten: what was read from the store before comes into memory no more. */
  #forgets = 0;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.sights = new Sights(ctx, (users) => this.recall(users));
    this.consents = new Consents(ctx);
    const { clock, db, log } = ctx;
    this.fixes = new Batches({
      clock,
      everyMs,
      size: fixesTogether,
      write: (batch) =>
        db.write(async (tx) => {
          await upsertFixes(
            tx.sql,
            batch().map(({ user, event, point }) => fixOf(user, event, point)),
          );
        }),
      failed: (error) => log.error({ error }, "positions were not written"),
    });
    this.looks = new Batches({
      clock,
      everyMs,
      size: looksTogether,
      write: (batch) => db.write((tx) => upsertViews(tx.sql, batch())),
      failed: (error) => log.error({ error }, "who looked at whom was not written"),
    });
    this.restored = this.#restore();
    // Whoever waits for it learns of the failure; until then nobody does.
    this.restored.catch((error: unknown) => log.error({ error }, "positions were not restored"));
    const elsewhere = new Elsewhere(ctx, this);
    this.#stopListening = ctx.bus.subscribe((message) => {
      this.sights.heard(message);
      if (message.type === "share_changed") this.#forgetPath(message.user);
      this.consents.heard(message);
      // After what it goes by has been forgotten.
      elsewhere.heard(message);
    });
  }

  /** Counts at once; whether it is the newest, its people are told, and the disk within a second. */
  take(user: UserId, event: EventId | null, point: TrackPoint, keep: boolean): PutOutcome {
    const outcome = this.#ctx.tracks.put(user, event ?? "", point, keep);
    if (outcome !== "newest") return outcome;
    this.fixes.put(keyOf(user, event ?? ""), { user, event: event ?? "", point });
    this.#ctx.bus.publish({ type: "moved", user, event });
    return outcome;
  }

  /** What came later than what waits has been written. */
  written(user: UserId, event: EventId | "", point: TrackPoint): void {
    const waiting = this.fixes.get(keyOf(user, event));
    if (waiting !== undefined && waiting.point.at_ms <= point.at_ms) this.fixes.delete(keyOf(user, event));
  }

  /** On the disk is this person's newest fix. */
  async settle(user: UserId, event: EventId | ""): Promise<void> {
    if (this.fixes.get(keyOf(user, event)) !== undefined) await this.fixes.flush();
  }

  look({ event, sharer, viewer, at }: Look): void {
    this.looks.put(`${event} ${sharer} ${viewer}`, { event, sharer, viewer, at });
  }

  /** Who was shown this person is written down. */
  async settleLooksAt(sharer: UserId): Promise<void> {
    if (this.looks.some((look) => look.sharer === sharer)) await this.looks.flush();
  }

  /** Who was shown whom is written down, wherever this person is one of them. */
  async settleLooksOf(user: UserId): Promise<void> {
    const isOf = ({ sharer, viewer }: Look) => sharer === user || viewer === user;
    if (this.looks.some(isOf)) await this.looks.flush();
  }

  /** Memory forgets what the store has: what somebody shared in one event. */
  forgetShare(user: UserId, event: EventId): void {
    this.forgetFix(user, event);
    forgetJourney(this.#ctx, user, event);
    this.sights.forget(event);
    const shared = this.consents.peek(user);
    const goesOn = shared?.events.some((other) => other !== event) === true;
    if (!goesOn) this.#ctx.tracks.trim(user, "");
    this.consents.forget(user);
  }

  /** A share with a friend began or ended: where no event goes on, no path does. */
  #forgetPath(user: UserId): void {
    if ((this.consents.peek(user)?.events.length ?? 0) === 0) this.#ctx.tracks.trim(user, "");
  }

  forgetFix(user: UserId, event: EventId | ""): void {
    this.#forgets++;
    this.#ctx.tracks.forget(user, event);
    if (event === "") forgetRest(this.#ctx, user);
    this.fixes.delete(keyOf(user, event));
  }

  forgetPerson(user: UserId): void {
    this.#forgets++;
    this.#gone.set(user, true);
    this.#ctx.tracks.forget(user, null);
    forgetTraveller(this.#ctx, user);
    this.fixes.deleteWhere((fix) => fix.user === user);
    this.looks.deleteWhere(({ sharer, viewer }) => sharer === user || viewer === user);
    this.sights.forgetPerson(user);
    this.consents.forget(user);
  }

  requirePresent(user: UserId): void {
    if (this.#gone.get(user) === true) throw new AppError("unauthenticated");
  }

  /** Of whom memory may know nothing because it was full, or nothing new because another node was told, the store is asked. */
  async recall(users: readonly UserId[]): Promise<void> {
    await this.restored;
    const { tracks, db, bus } = this.#ctx;
    const isAlone = bus.health() === "alone";
    if (isAlone && tracks.isComplete) return;
    for (;;) {
      const asked = isAlone ? users.filter((user) => !tracks.has(user)) : users;
      const forgets = this.#forgets;
      const rows = asked.length === 0 ? [] : await listOwnFixes(db.read, asked);
      if (forgets !== this.#forgets) continue;
      for (const { user_id, event_id, ...point } of rows) {
        // Whoever has moved meanwhile is known better, and keeps their path.
        const known = tracks.newest(user_id, event_id);
        if (known === undefined || known.at_ms < point.at_ms)
          tracks.put(user_id, event_id, point, tracks.recent(user_id, event_id, 0).length > 1);
      }
      if (!isAlone) this.#forgetUnstored(asked, new Set(rows.map((row) => keyOf(row.user_id, row.event_id))));
      return;
    }
  }

  /** What the store has no more was withdrawn or purged, by whichever node, unless it is on its way there. */
  #forgetUnstored(users: readonly UserId[], stored: ReadonlySet<string>): void {
    const { tracks, clock } = this.#ctx;
    for (const user of users)
      for (const event of tracks.eventsOf(user)) {
        if (stored.has(keyOf(user, event)) || this.fixes.get(keyOf(user, event)) !== undefined) continue;
        const ageMs = clock.now() - (tracks.newest(user, event)?.received_ms ?? 0);
        if (ageMs >= unstoredMs) this.forgetFix(user, event);
      }
  }

  async #restore(): Promise<void> {
    const { tracks, db, clock } = this.#ctx;
    const rows = await listNewestFixes(db.read, clock.now() - keptMs, tracks.max + 1);
    for (const { user_id, event_id, ...point } of rows.toReversed())
      tracks.put(user_id, event_id, point, false);
  }

  /** A failure has been reported by then, and must not keep the rest of the server from stopping. */
  async stop(): Promise<void> {
    this.#stopListening();
    await Promise.allSettled([this.fixes.flush(), this.looks.flush()]);
  }
}

function fixOf(user: UserId, event: EventId | "", point: TrackPoint) {
  return { user_id: user, event_id: event, ...point };
}

function keyOf(user: UserId, event: EventId | ""): string {
  return `${user} ${event}`;
}

const running = new WeakMap<Context, Live>();

/** The one of this server; it listens to the bus from when it is first asked for. */
export function liveOf(ctx: Context): Live {
  const known = running.get(ctx);
  if (known !== undefined) return known;
  const live = new Live(ctx);
  running.set(ctx, live);
  return live;
}
