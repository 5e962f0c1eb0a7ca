import { purgeEventFixes } from "../../../src/location/service.ts";
import { epochOf } from "../../../src/streams/service.ts";
import type { World } from "../world.ts";
import type { Atlas } from "./atlas.ts";
import { type Player, seedCast, signIn } from "./cast.ts";
import { type Meeting, minute, Model, type Precision, type Who } from "./model.ts";
import { pick } from "./steps.ts";

export const hour = 60 * minute;
const peer = { requestIP: () => ({ address: "127.0.0.1" }), timeout: () => undefined };

/** Who there is: 0 owns the events, 1 to 3 are invited, 4 is in none of them, a friend of 1 and of 2. */
export const everybody: readonly Who[] = [0, 1, 2, 3, 4];
const friends = [
  [0, 1],
  [1, 2],
  [1, 4],
  [2, 4],
] as const;
const shapes = ["single", "two", "series"] as const;

export interface Reply {
  status: number;
  body: string;
  /** All that came: the body, and the values of the headers. */
  text: string;
}

/** One history's people and events on a server that it shares with all others, and what it has done so far. */
export class Trial {
  readonly model = new Model();
  readonly world: World;
  readonly atlas: Atlas;
  readonly players: Player[];
  readonly begunMs: number;
  readonly shape: (typeof shapes)[number];
  readonly epoch: string;
  /** How often sharing ended by itself after an arrival. */
  ended = 0;
  /** Something may have been said of how somebody gets there. */
  hasTravelled = false;
  /** Called in the middle of a step that lets time pass, once something has come that is seen only until then. */
  between: () => void = () => {};
  /** What ends by itself as time passes. */
  heed: () => Promise<void> = async () => {};

  private constructor(world: World, atlas: Atlas, players: Player[], n: number, epoch: string) {
    this.epoch = epoch;
    this.world = world;
    this.atlas = atlas;
    this.players = players;
    this.begunMs = world.clock.now();
    this.shape = pick(shapes, n);
  }

  static async begin(world: World, atlas: Atlas, n: number): Promise<Trial> {
    atlas.turnPage();
    const players = await seedCast(world.server.ctx, everybody.length, friends);
    const trial = new Trial(world, atlas, players, n, await epochOf(world.server.ctx));
    for (const [a, b] of friends) trial.model.befriend(a, b);
    await trial.#makeEvent(trial.shape === "series" ? { recurrence: "FREQ=DAILY;COUNT=2" } : {});
    if (trial.shape === "two") await trial.#makeEvent({});
    return trial;
  }

  get now(): number {
    return this.world.clock.now();
  }

  player(who: Who): Player {
    return pick(this.players, who);
  }

  meeting(n: number): Meeting {
    return pick(this.model.meetings, n);
  }

  async #makeEvent(more: object): Promise<void> {
    const startMs = Math.ceil(this.now / 1_000) * 1_000 + 30 * minute;
    const invited = [1, 2, 3];
    const body = {
      name: "Lunch",
      start_time: startMs / 1_000,
      duration: hour / 1_000,
      time_zone: "Africa/Nairobi", // without daylight saving time: a day is a day
      people: invited.map((who) => this.player(who).id),
      place: { latitude: 81.5, longitude: 10.5 },
      ...more,
    };
    const made = await this.call(this.player(0).token, "POST", "/event", body);
    if (made.status !== 201) throw new Error(`the event was not made: ${made.status} ${made.body}`);
    const { response } = JSON.parse(made.body) as { response: { id: string } }; // the contract's check has seen it
    const group = this.model.addGroup(response.id, 0, invited);
    if (!("recurrence" in more)) return this.model.addMeeting(group, group.id, startMs, hour);
    for (const at of [startMs, startMs + 24 * hour])
      this.model.addMeeting(group, `${group.id}_${at / 1_000}`, at, hour);
  }

  /** A request with any credential, in process. */
  async call(token: string | null, method: string, path: string, body?: unknown): Promise<Reply> {
    return this.raw(path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async raw(path: string, init: RequestInit): Promise<Reply> {
    const answer = await this.world.server.app.request(`http://localhost${path}`, init, peer);
    const body = await answer.text();
    if (answer.status >= 500) throw new Error(`${init.method} ${path} answered ${answer.status}: ${body}`);
    return { status: answer.status, body, text: `${body} ${[...answer.headers.values()].join(" ")}` };
  }

  /** Does something as somebody, and says whether it was accepted. */
  async act(who: Who, method: string, path: string, body?: unknown): Promise<boolean> {
    return (await this.call(this.player(who).token, method, path, body)).status < 300;
  }

  /** Uploads a fix of one's own, made so long ago. */
  async upload(who: Who, ageMs: number, event: Meeting | null): Promise<void> {
    const path = event === null ? `/user/${this.player(who).id}/location` : `/event/${event.id}/location`;
    await this.place(who, ageMs, event, (body) => this.act(who, "POST", path, body));
  }

  /** The same by whichever way a client may take. */
  async place(
    who: Who,
    ageMs: number,
    event: Meeting | null,
    send: (body: object) => Promise<boolean>,
  ): Promise<void> {
    const now = this.now;
    const { id, latitude, longitude } = this.atlas.mint();
    const atMs = now - ageMs;
    const fix = { latitude, longitude, speed: 3, battery: 50, accuracy: 12, at: atMs / 1_000 };
    if (!(await send(fix))) return;
    if (event !== null && !event.consents.has(who)) this.model.on(event, who, now);
    this.model.upload({ id, by: who, event: event?.id ?? null, atMs, receivedMs: now });
  }

  async consent(
    who: Who,
    meeting: Meeting,
    state: "on" | "paused" | "off",
    precision?: Precision,
    more: object = {},
  ) {
    const body = { state, ...(precision === undefined ? {} : { precision }), ...more };
    if (!(await this.act(who, "PUT", `/event/${meeting.id}/sharing`, body))) return;
    const known = precision ?? meeting.consents.get(who)?.precision ?? "exact";
    if (state === "on") this.model.on(meeting, who, this.now, precision);
    else if (state === "paused") this.model.pause(meeting, who, this.now, known);
    else this.model.off(meeting, who, known);
  }

  /** Lets time pass, with all that is due in it; housekeeping may be, so that both sides do it. */
  async pass(ms: number): Promise<void> {
    this.world.clock.advance(ms);
    await purgeEventFixes(this.world.server.ctx);
    this.model.purge(this.now);
    await this.heed();
  }

  /** Signs out, and in again: what the old token was for is over. */
  async logout(who: Who): Promise<void> {
    const player = this.player(who);
    if (!(await this.act(who, "PUT", `/user/${player.id}/logout`))) return;
    player.dead.push(player.token);
    player.token = await signIn(this.world.server.ctx, player.id);
  }
}
