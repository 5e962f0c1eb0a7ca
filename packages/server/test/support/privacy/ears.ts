import type { ServerFrame } from "@jarvis/contract";
import { bearer, TestStream } from "../event-stream.ts";
import { connect, type TestSocket } from "../socket.ts";
import { byShare, inEvent, type Seen } from "./entitled.ts";
import { audible, weighEntry } from "./journeys-heard.ts";
import type { Who } from "./model.ts";
import { everybody, type Trial } from "./trial.ts";

/** What one person may be told of one other at an instant: in an event, or as a friend. */
interface Told {
  what: string;
  sharer: Who;
  seen: Seen;
}

interface Ear {
  who: Who;
  token: string;
  frames(): readonly ServerFrame[];
  /** Resolves once everything is here that was sent until now. */
  flush(): Promise<void>;
  drop(): Promise<void>;
  /** Server-sent events are those of events alone: there is no asking for a friend's. */
  hearsFriends: boolean;
  /** How many of its frames have been judged. */
  judged: number;
  /** Who leaves an event does not watch it any more, and has to ask again once they are back. */
  isDeaf?: boolean;
  /** Meetings whose watch was refused, because they were not in them as they asked. */
  refused: ReadonlySet<string>;
}

export interface Heard {
  frames: number;
  positions: number;
  demanded: number;
  /** How often somebody was told how another gets there. */
  journeys: number;
}

const patienceMs = 5_000;
/** Between two positions of one person in one event. */
const paceMs = 1_000;

/** Connections that watch whatever can be watched: all that comes to them is held against what may come. */
export class Ears {
  readonly heard: Heard;
  readonly #trial: Trial;
  readonly #ears: Ear[] = [];
  #before: Told[][] = [];
  /** Of whose journeys each might hear before, and since when said. */
  #heardBefore: Map<string, number>[] = [];
  /** Also over restarts: the same id would name the message that came before. */
  #flushes = 0;

  constructor(trial: Trial, heard: Heard) {
    this.#trial = trial;
    this.heard = heard;
  }

  async openAll(): Promise<void> {
    this.remember();
    for (const who of everybody) await this.open(who);
    await this.#listen(0);
  }

  /** To be called before each step: what is on its way was sent as things stood then. */
  remember(): void {
    this.#before = everybody.map((who) => this.#told(who));
    this.#heardBefore = everybody.map((who) => audible(this.#trial, who));
  }

  /** What may be told in the middle of a step, beside what might be before it. */
  rememberToo(): void {
    this.#before = everybody.map((who) => [...(this.#before[who] ?? []), ...this.#told(who)]);
  }

  /** A new connection, which begins with where everybody is now. */
  async open(who: Who): Promise<void> {
    const { model, world } = this.#trial;
    if (model.erased.has(who)) return;
    const { token } = this.#trial.player(who);
    // A person has ten connections at most: eight and the event stream leave room.
    if (this.#ears.filter((ear) => ear.who === who && ear.token === token).length >= 8) return;
    // Every second goes on from the beginning, so that all that was ever told is judged by what may be told now.
    const resumes = this.#ears.length % 2 === 0;
    const socket = await connect(world.url, { token }, resumes ? this.#fromTheBeginning(who) : {});
    for (const { id } of model.meetings) socket.send({ type: "watch", event: id });
    for (const sharer of everybody)
      if (sharer !== who) socket.send({ type: "watch", user: this.#trial.player(sharer).id });
    const absent = model.meetings.filter((meeting) => !model.isPresent(meeting, who));
    const ear = earOf(who, token, socket, new Set(absent.map(({ id }) => id)));
    this.#ears.push(ear);
    await ear.flush();
    for (const told of this.#told(who)) await this.#await(ear, told);
  }

  #fromTheBeginning(who: Who): { epoch: string; resume: Record<string, number> } {
    const { model, epoch } = this.#trial;
    const groups = new Set(model.meetings.map(({ group }) => `event:${group.id}`));
    const streams = [`user:${this.#trial.player(who).id}`, ...groups];
    return { epoch, resume: Object.fromEntries(streams.map((stream) => [stream, 0])) };
  }

  /** Server-sent events; a message in the chat tells that everything before it has come. */
  async #listen(who: Who): Promise<void> {
    const { model, world } = this.#trial;
    const { token } = this.#trial.player(who);
    const watch = model.meetings.map(({ id }) => `watch=${id}`).join("&");
    const stream = await TestStream.open(world, bearer({ token }), watch);
    await stream.next("welcome");
    const chat = model.meetings[0]?.group.id ?? "";
    this.#ears.push({
      who,
      token,
      hearsFriends: false,
      refused: new Set(),
      judged: 0,
      frames: () => stream.frames,
      drop: () => stream.drop(),
      flush: async () => {
        if (this.#trial.player(who).token !== token) return stream.ended;
        const body = { text: "here", client_id: `flush${this.#flushes++}` };
        const made = await this.#trial.call(token, "POST", `/chat/${chat}/messages`, body);
        const { response } = JSON.parse(made.body) as { response: { seq: number } }; // the contract's check saw it
        await stream.message(chat, response.seq);
      },
    });
  }

  /**
   * After a step: nothing came but what might, before it or after. Of a move, or of consent, those who see it are told at
   * once; who comes to see somebody otherwise, as when a window opens, is told with the next move.
   */
  async judge(isTold: boolean): Promise<void> {
    await this.#settle();
    if (!isTold) return;
    const listening = this.#ears.filter(({ token, who, isDeaf }) => !isDeaf && this.#isGood(who, token));
    const due = listening.flatMap((ear) =>
      this.#told(ear.who)
        .filter(({ what }) => !ear.refused.has(what))
        .map((told) => ({ ear, told })),
    );
    const fresh = due.filter(({ ear, told }) => this.#isNew(ear.who, told));
    for (const { ear, told } of fresh) await this.#await(ear, told);
  }

  deafen(who: Who): void {
    for (const ear of this.#ears) if (ear.who === who) ear.isDeaf = true;
  }

  async close(): Promise<void> {
    await this.#settle();
    for (const ear of this.#ears.splice(0)) await ear.drop();
  }

  /** After a restart everybody comes back. */
  async reopen(): Promise<void> {
    for (const ear of this.#ears.splice(0)) await ear.drop();
    await this.openAll();
  }

  async #settle(): Promise<void> {
    for (const ear of this.#ears) {
      await ear.flush();
      const frames = ear.frames();
      for (const frame of frames.slice(ear.judged)) this.#weigh(ear, frame);
      ear.judged = frames.length;
    }
  }

  #weigh(ear: Ear, frame: ServerFrame): void {
    this.heard.frames++;
    const found = this.#trial.atlas.in(JSON.stringify(frame));
    const may = [...(this.#before[ear.who] ?? []), ...this.#told(ear.who)];
    const what = whatOf(frame);
    if (frame.type === "entry") {
      const rights = [this.#heardBefore[ear.who] ?? new Map(), audible(this.#trial, ear.who)];
      this.heard.journeys += weighEntry(this.#trial, ear.who, frame, rights);
    }
    for (const one of found) {
      this.heard.positions++;
      if (!may.some(({ what: of, seen }) => of === what && seen.id === one.id && seen.how === one.how))
        throw new Error(`${ear.who} is LEAKED fix ${one.id} (${one.how}) in ${JSON.stringify(frame)}`);
    }
  }

  /** Told by a step: what could not be seen before it. */
  #isNew(who: Who, { what, seen }: Told): boolean {
    return !(this.#before[who] ?? []).some((was) => was.what === what && was.seen.id === seen.id);
  }

  #isGood(who: Who, token: string): boolean {
    return this.#trial.player(who).token === token && !this.#trial.model.erased.has(who);
  }

  /** Entitled people are shown it, at the latest when the pace allows the next. */
  async #await(ear: Ear, { what, sharer, seen }: Told): Promise<void> {
    if (what === "friend" && !ear.hearsFriends) return;
    this.heard.demanded++;
    const isThere = () =>
      ear.frames().some((frame) => {
        if (whatOf(frame) !== what) return false;
        return this.#trial.atlas.in(JSON.stringify(frame)).some(({ id }) => id === seen.id);
      });
    if (isThere()) return;
    await this.#settle();
    this.remember(); // what was sent until now may still be on its way
    await this.#trial.pass(paceMs);
    // It may have become too old to be shown meanwhile.
    if (!this.#told(ear.who).some((one) => one.what === what && one.seen.id === seen.id)) return;
    const until = performance.now() + patienceMs;
    while (!isThere()) {
      if (performance.now() > until)
        throw new Error(`${ear.who} is not told of fix ${seen.id} of ${sharer} in ${what}`);
      await ear.flush();
    }
  }

  #told(viewer: Who): Told[] {
    const { model, now } = this.#trial;
    return everybody.flatMap((sharer) => {
      const events = model.meetings.map((meeting) => ({
        what: meeting.id,
        seen: inEvent(model, meeting, viewer, sharer, now),
      }));
      return [...events, { what: "friend", seen: byShare(model, viewer, sharer, now) }].flatMap(
        ({ what, seen }) => (seen === null || seen === "paused" ? [] : [{ what, sharer, seen }]),
      );
    });
  }
}

function earOf(who: Who, token: string, socket: TestSocket, refused: ReadonlySet<string>): Ear {
  let isOpen = true;
  void socket.closed.then(() => (isOpen = false));
  return {
    who,
    token,
    hearsFriends: true,
    refused,
    judged: 0,
    frames: () => socket.frames,
    drop: () => socket[Symbol.asyncDispose](),
    flush: async () => {
      if (isOpen) await Promise.race([socket.flushed().catch(() => undefined), socket.closed]);
    },
  };
}

function whatOf(frame: ServerFrame): string {
  if (frame.type === "position") return frame.event;
  return frame.type === "friend_position" ? "friend" : "nothing";
}
