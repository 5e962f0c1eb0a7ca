import type { Found } from "./atlas.ts";
import { askOwnTracks } from "./devices.ts";
import { anywhere, byShare, countsByStart, inEvent, type Seen, type Sight, trail } from "./entitled.ts";
import { judgeHeard, resumeAll } from "./journeys-heard.ts";
import type { Meeting, Who } from "./model.ts";
import { pick } from "./steps.ts";
import { everybody, type Reply, type Trial } from "./trial.ts";

/** A way to look, as one person at one instant: what may be in the bytes that come, and what has to be. */
export interface Look {
  name: string;
  may: Seen[];
  must: Seen[];
  /** Of each of these one: who is seen in several events is shown once. */
  either?: Seen[][];
  /** Their own fixes may be there as well. */
  own?: boolean;
  /** It is made of cells of several people, so that what lies near a fix says nothing: who it is made of does. */
  madeOf?: Who[];
  meeting?: Meeting;
  /** There may be something to see that is no fix. */
  isWorth?: boolean;
  read(token: string): Promise<Reply>;
}

const nothing = { may: [], must: [] };

/** Every way in which somebody may look at an event and the people in it. */
function inMeeting(trial: Trial, viewer: Who, meeting: Meeting): Look[] {
  const { model, now } = trial;
  const get = (path: string) => (token: string) => trial.call(token, "GET", path);
  const sights = everybody.map((sharer) => inEvent(model, meeting, viewer, sharer, now));
  const seen = sights.filter((sight) => sight !== null && sight !== "paused");
  const trailTo = (sharer: Who, read: Look["read"]): Look => {
    const { may, must } = trail(model, meeting, viewer, sharer, now);
    return { name: "trail", may, must, read };
  };
  const path = `/event/${meeting.id}`;
  return [
    { name: "locations", may: seen, must: seen, read: get(`${path}/locations`) },
    ...everybody.flatMap((sharer): Look[] => {
      const { id } = trial.player(sharer);
      const one = [sights[sharer] ?? null].filter((sight) => sight !== null && sight !== "paused");
      return [
        { name: "location", may: one, must: one, read: get(`${path}/location/${id}`) },
        trailTo(sharer, get(`${path}/trail/${id}`)),
      ];
    }),
    {
      name: "meeting point",
      ...nothing,
      madeOf: seenBy(sights),
      isWorth: model.startedFrom.size > 0,
      meeting,
      read: get(`${path}/meeting_point`),
    },
    { name: "event", ...nothing, read: get(path) },
    { name: "sharing", ...nothing, read: get(`${path}/sharing`) },
    { name: "requests", ...nothing, read: get(`${path}/location_requests`) },
    { name: "start", ...nothing, own: true, read: get(`${path}/start`) },
    { name: "journey", ...nothing, read: get(`${path}/journey`) },
    { name: "messages", ...nothing, read: get(`/chat/${meeting.group.id}/messages`) },
  ];
}

function seenBy(sights: readonly Sight[]): Who[] {
  return everybody.filter((who) => sights[who] !== null && sights[who] !== "paused");
}

/** Every way in which somebody may look at what is theirs, or at another person. */
function beside(trial: Trial, viewer: Who): Look[] {
  const { model, now } = trial;
  const player = trial.player(viewer);
  const get = (path: string) => (token: string) => trial.call(token, "GET", path);
  const own = `/user/${player.id}`;
  const sharers = everybody.filter((sharer) => sharer !== viewer);
  const looks: Look[] = sharers.flatMap((sharer) => {
    const shared = byShare(model, viewer, sharer, now);
    const one = shared === null ? [] : [shared];
    const { id } = trial.player(sharer);
    return [
      { name: "friend's location", may: one, must: one, read: get(`/user/${id}/location`) },
      { name: "profile", ...nothing, read: get(`/user/${id}`) },
    ];
  });
  const mine = ["location_views", "shares", "devices", "access", "schedule", "events"].map((what) => ({
    name: what,
    may: [],
    must: [],
    read: get(`${own}/${what}`),
  }));
  // Refused where the sign-in is not fresh.
  looks.push({ name: "export", ...nothing, own: true, read: get(`${own}/export`) });
  looks.push({
    name: "entries",
    ...nothing,
    isWorth: trial.hasTravelled,
    read: (token) => resumeAll(trial, viewer, token),
  });
  looks.push(...mine, { name: "own location", ...nothing, own: true, read: get(`${own}/location`) });
  if (player.device === null) return looks;
  const may = everybody.flatMap((sharer) => anywhere(model, viewer, sharer, now));
  const either = everybody.map((sharer) => oneOf(trial, viewer, sharer));
  const { token } = player.device;
  const read = () => askOwnTracks(trial, token);
  looks.push({ name: "OwnTracks", may, must: [], either, own: true, read });
  return looks;
}

export function looksOf(trial: Trial, viewer: Who): Look[] {
  return [
    ...trial.model.meetings.flatMap((meeting) => inMeeting(trial, viewer, meeting)),
    ...beside(trial, viewer),
  ];
}

/** What has been looked at, and what was there: a run that has seen nothing proves nothing. */
export class Tally {
  readonly looks = new Map<string, number>();
  readonly shown = new Map<string, number>();
  refused = 0;
  /** How often sharing ended by itself after an arrival. */
  ended = 0;

  get total(): number {
    return [...this.shown.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Gives how many positions were shown in this way so far. */
  count(name: string, shown: number): number {
    const sum = (this.shown.get(name) ?? 0) + shown;
    this.looks.set(name, (this.looks.get(name) ?? 0) + 1);
    this.shown.set(name, sum);
    return sum;
  }

  told(): string {
    const each = [...this.looks].map(([name, count]) => `${name} ${this.shown.get(name)}/${count}`);
    return `positions shown/looks: ${each.join(", ")}; refused to dead credentials: ${this.refused}; ended by arriving: ${this.ended}`;
  }
}

/** Looks, and compares what is there with what may and what has to be. */
export async function judge(trial: Trial, viewer: Who, look: Look, tally: Tally): Promise<void> {
  const reply = await look.read(trial.player(viewer).token);
  if (look.madeOf !== undefined) return judgeMeeting(trial, viewer, look, reply, tally);
  if (look.name === "entries") tally.count("journeys heard", judgeHeard(trial, viewer, reply));
  const { status, text } = reply;
  const found = trial.atlas.in(text);
  const others = found.filter(({ id }) => !isOwn(trial, viewer, id));
  const where = `${look.name} of ${viewer} (${status})`;
  if (others.length < found.length && look.own !== true)
    throw new Error(`${where} has the viewer's own fixes: ${text}`);
  for (const one of others) {
    if (!look.may.some(({ id, how }) => id === one.id && how === one.how))
      throw new Error(`${where} LEAKS fix ${one.id} (${one.how}), may ${JSON.stringify(look.may)}: ${text}`);
  }
  for (const { id, how } of look.must) {
    if (!others.some((one) => one.id === id && one.how === how))
      throw new Error(`${where} lacks fix ${id} (${how}): ${text}`);
  }
  for (const group of (look.either ?? []).filter(({ length }) => length > 0)) {
    if (!others.some((one) => group.some(({ id, how }) => one.id === id && one.how === how)))
      throw new Error(`${where} lacks each of ${JSON.stringify(group)}: ${text}`);
  }
  if (tally.count(look.name, others.length) % 5 === 1) await requireView(trial, viewer, look.name, others);
}

const recorded = new Set(["locations", "location", "trail", "friend's location", "OwnTracks"]);

/** Whoever was seen finds out by whom. */
async function requireView(trial: Trial, viewer: Who, name: string, seen: readonly Found[]): Promise<void> {
  if (!recorded.has(name)) return;
  for (const { id } of seen) {
    const sharer = trial.model.made.find((made) => made.id === id)?.by ?? -1;
    const { token, id: user } = trial.player(sharer);
    const { body } = await trial.call(token, "GET", `/user/${user}/location_views`);
    if (!body.includes(trial.player(viewer).id))
      throw new Error(`${sharer} is not told that ${viewer} looked (${name}): ${body}`);
  }
}

/** Nobody counts for a meeting point whom the asker does not see, and everybody does whom they see. */
function judgeMeeting(
  trial: Trial,
  viewer: Who,
  { madeOf: seen = [], meeting }: Look,
  { status, body, text }: Reply,
  tally: Tally,
): void {
  const exact = trial.atlas.exactIn(text);
  if (exact.length > 0)
    throw new Error(`the meeting point for ${viewer} LEAKS fixes ${exact.join()}: ${text}`);
  if (status !== 200) return void tally.count("meeting point", 0);
  // The contract's check has seen it.
  const { response } = JSON.parse(body) as { response: { from: { id: string; source: string }[] } };
  const from = response.from.map(({ id }) => trial.players.findIndex((player) => player.id === id));
  const others = from.filter((who) => who !== viewer).toSorted();
  const starts = meeting === undefined ? [] : everybody.filter((who) => who !== viewer);
  const byStart = (how: string) =>
    starts.filter((who) => meeting && countsByStart(trial.model, meeting, viewer, who, trial.now) === how);
  const must = new Set([...seen, ...byStart("surely")]);
  const may = new Set([...must, ...byStart("perhaps")]);
  tally.count("starts", byStart("surely").length);
  if (others.some((who) => !may.has(who)) || [...must].some((who) => !others.includes(who)))
    throw new Error(
      `the meeting point for ${viewer} is made of ${others.join()}, who sees ${[...must].join()}: ${text}`,
    );
  tally.count("meeting point", others.length);
}

function isOwn({ model }: Trial, viewer: Who, fix: number): boolean {
  return model.startedFrom.get(fix) === viewer || model.made.find(({ id }) => id === fix)?.by === viewer;
}

/** Who has signed out, was erased, or whose phone was revoked sees nothing whatever they try. */
export async function tryDead(trial: Trial, n: number, tally: Tally): Promise<void> {
  for (const who of everybody) {
    const { dead, deadDevices } = trial.player(who);
    const looks = looksOf(trial, who).filter(({ name }) => name !== "OwnTracks"); // which has a credential of its own
    for (const token of dead) refuse(trial, await pick(looks, n).read(token), tally);
    for (const token of deadDevices) {
      refuse(trial, await askOwnTracks(trial, token), tally);
      refuse(trial, await pick(looks, n).read(token), tally);
    }
  }
}

function refuse(trial: Trial, { status, text }: Reply, tally: Tally): void {
  if (status !== 401 && status !== 404) throw new Error(`a dead credential was answered ${status}: ${text}`);
  const found = trial.atlas.in(text);
  if (found.length > 0) throw new Error(`a dead credential is told of ${JSON.stringify(found)}: ${text}`);
  tally.refused++;
}

/**
 * Of these one has to be shown: what is seen in events whose windows were open before. A window that opens by itself is noticed
 * a few seconds later, and no seconds pass here; where it has been noticed already, only what is newer there comes first.
 */
function oneOf({ model, now, begunMs }: Trial, viewer: Who, sharer: Who): Seen[] {
  const noticed = anywhere(model, viewer, sharer, now, begunMs);
  if (noticed.length === 0) return [];
  const madeAt = ({ id }: Seen) =>
    model.made.find((made) => made.id === id)?.atMs ?? Number.NEGATIVE_INFINITY;
  const newestMs = Math.max(...noticed.map(madeAt));
  return [...noticed, ...anywhere(model, viewer, sharer, now).filter((seen) => madeAt(seen) >= newestMs)];
}
