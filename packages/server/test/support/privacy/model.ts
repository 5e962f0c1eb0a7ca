/**
 * What has been done, as far as it bears on who may see whom: a second telling of the rules, from the documents alone,
 * that shares nothing with the server. `entitled.ts` asks it.
 */
export type Who = number;
export type Rsvp = "none" | "accepted" | "maybe" | "declined";
export type Precision = "exact" | "coarse";

export const minute = 60_000;
const before = 60 * minute;
const after = 15 * minute;

export interface Made {
  id: number;
  by: Who;
  /** The event it was made for, null: wherever its author shares. */
  event: string | null;
  atMs: number;
  receivedMs: number;
}

interface Member {
  isIn: boolean;
  rsvp: Rsvp;
  /** Left or declined by themselves: another's invitation does not reach them. */
  left: boolean;
}

/** The people of an event, or of a series and all of its occurrences. */
export interface Group {
  id: string;
  owner: Who;
  cancelled: boolean;
  members: Map<Who, Member>;
}

export interface Consent {
  state: "on" | "paused" | "off";
  precision: Precision;
  sinceMs: number;
  untilMs: number;
  /** Who sees, and since when. */
  audience: Map<Who, number>;
}

export interface Meeting {
  id: string;
  group: Group;
  startMs: number | null;
  durationMs: number;
  cancelled: boolean;
  /** Answers to this occurrence alone. */
  answers: Map<Who, Rsvp>;
  consents: Map<Who, Consent>;
  /** Where people said that they set out from, which fix that was; unsure once it was over, and may be purged. */
  starts: Map<Who, { id: number; isSure: boolean }>;
  /** When a phone said that its person is there; unsure once the event's time or place was another. */
  arrivals: Map<Who, { ms: number[]; isSure: boolean }>;
}

export interface Share {
  sinceMs: number;
  untilMs: number;
  precision: Precision;
}

export class Model {
  readonly meetings: Meeting[] = [];
  readonly made: Made[] = [];
  readonly shares = new Map<string, Share>();
  readonly erased = new Set<Who>();
  /** Whose start a fix is that is nobody's position. */
  readonly startedFrom = new Map<number, Who>();
  readonly #friends = new Set<string>();
  readonly #blocks = new Set<string>();
  readonly #held = new Map<string, Made>();

  addGroup(id: string, owner: Who, invited: readonly Who[]): Group {
    const members = new Map<Who, Member>(
      invited.map((who) => [who, { isIn: true, rsvp: "none", left: false }]),
    );
    members.set(owner, { isIn: true, rsvp: "accepted", left: false });
    return { id, owner, cancelled: false, members };
  }

  addMeeting(group: Group, id: string, startMs: number, durationMs: number): void {
    const meeting = { id, group, startMs, durationMs, cancelled: false };
    const nobody = { answers: new Map(), consents: new Map(), starts: new Map(), arrivals: new Map() };
    this.meetings.push({ ...meeting, ...nobody });
  }

  of(group: Group): Meeting[] {
    return this.meetings.filter((meeting) => meeting.group === group);
  }

  /** An answer for all of it: those for single occurrences that are not over are dropped. */
  answer(group: Group, who: Who, rsvp: Rsvp, now: number): void {
    if (rsvp === "declined") return this.leave(group, who, true);
    group.members.set(who, { isIn: true, rsvp, left: false });
    for (const { startMs, durationMs, answers } of this.of(group))
      if (startMs === null || startMs + durationMs > now) answers.delete(who);
  }

  answerOne(meeting: Meeting, who: Who, rsvp: Rsvp): void {
    meeting.answers.set(who, rsvp);
    const member = meeting.group.members.get(who);
    if (member?.isIn !== true || member.rsvp === "declined")
      meeting.group.members.set(who, { isIn: true, rsvp: member?.rsvp ?? "none", left: false });
    if (rsvp === "declined") this.#withdraw(meeting, who);
  }

  leave(group: Group, who: Who, byThemselves: boolean): void {
    group.members.set(who, { isIn: false, rsvp: "none", left: byThemselves });
    for (const meeting of this.of(group)) {
      meeting.answers.delete(who);
      this.#withdraw(meeting, who);
    }
  }

  /** Somebody is invited (again); it reaches nobody who left shortly before, or with whom there is a block. */
  invite(group: Group, by: Who, who: Who): void {
    const member = group.members.get(who);
    if (member?.isIn === true || member?.left === true || this.isBlocked(by, who)) return;
    group.members.set(who, { isIn: true, rsvp: "none", left: false });
  }

  #withdraw(meeting: Meeting, who: Who): void {
    this.off(meeting, who);
    meeting.starts.delete(who);
    for (const consent of meeting.consents.values()) consent.audience.delete(who);
  }

  isOver({ startMs, durationMs }: Meeting, now: number): boolean {
    return startMs !== null && startMs + durationMs <= now;
  }

  /** To be called after each step: what counted for something that was over may not count again. */
  note(now: number): void {
    for (const meeting of this.meetings)
      if (this.isOver(meeting, now)) for (const start of meeting.starts.values()) start.isSure = false;
  }

  window(meeting: Meeting): { from: number; until: number } | null {
    if (meeting.cancelled || meeting.group.cancelled || meeting.startMs === null) return null;
    return { from: meeting.startMs - before, until: meeting.startMs + meeting.durationMs + after };
  }

  /** Takes part, and so is told of the event: invited included. */
  isPresent({ group, answers }: Meeting, who: Who): boolean {
    const member = group.members.get(who);
    return member?.isIn === true && !this.erased.has(who) && (answers.get(who) ?? member.rsvp) !== "declined";
  }

  isGoing(meeting: Meeting, who: Who): boolean {
    const answer = meeting.answers.get(who) ?? meeting.group.members.get(who)?.rsvp;
    return this.isPresent(meeting, who) && answer === "accepted";
  }

  on(meeting: Meeting, who: Who, now: number, precision?: Precision): void {
    const window = this.window(meeting);
    if (window === null) throw new Error("consent was taken without a window");
    const was = meeting.consents.get(who);
    const goesOn = was?.state === "on" && was.sinceMs <= now && now < was.untilMs;
    const next = precision ?? was?.precision ?? "exact";
    // What was shown in cells is not shown exactly afterwards: the audience begins anew.
    const keeps = goesOn && !(was.precision === "coarse" && next === "exact");
    const audience = new Map<Who, number>();
    for (const viewer of meeting.group.members.keys()) {
      if (viewer === who || !this.isPresent(meeting, viewer) || this.isBlocked(who, viewer)) continue;
      audience.set(viewer, (keeps ? was.audience.get(viewer) : undefined) ?? now);
    }
    meeting.consents.set(who, {
      state: "on",
      precision: next,
      sinceMs: Math.max(goesOn ? was.sinceMs : now, window.from),
      untilMs: window.until,
      audience,
    });
  }

  pause(meeting: Meeting, who: Who, now: number, precision: Precision): void {
    const was = meeting.consents.get(who);
    const stands = was !== undefined && was.state !== "off" && now < was.untilMs;
    if (!stands) this.off(meeting, who, precision);
    else meeting.consents.set(who, { ...was, state: "paused", precision });
    this.#held.delete(`${who} ${meeting.id}`);
  }

  /** Off is remembered: what is uploaded does not turn it on again. */
  off(meeting: Meeting, who: Who, precision?: Precision): void {
    const was = meeting.consents.get(who);
    this.#held.delete(`${who} ${meeting.id}`);
    if (was === undefined && precision === undefined) return;
    const ended = { state: "off", sinceMs: 0, untilMs: 0, audience: new Map<Who, number>() } as const;
    meeting.consents.set(who, { ...ended, precision: precision ?? was?.precision ?? "exact" });
  }

  upload(made: Made): void {
    this.made.push(made);
    const key = `${made.by} ${made.event ?? ""}`;
    const newest = this.#held.get(key);
    if (newest === undefined || made.atMs >= newest.atMs) this.#held.set(key, made);
  }

  held(who: Who, event: string | null): Made | undefined {
    return this.#held.get(`${who} ${event ?? ""}`);
  }

  /** Housekeeping deletes what was made for an event and nobody can see, and consent that has run out. */
  purge(now: number): void {
    for (const meeting of this.meetings) {
      const window = this.window(meeting);
      const isOpen = window !== null && window.from <= now && now < window.until;
      for (const [who, consent] of meeting.consents) {
        if (now >= consent.untilMs) this.off(meeting, who);
        if (!isOpen || consent.state !== "on") this.#held.delete(`${who} ${meeting.id}`);
      }
    }
  }

  befriend(a: Who, b: Who): void {
    this.#friends.add(pair(a, b));
  }

  unfriend(a: Who, b: Who): void {
    this.#friends.delete(pair(a, b));
    this.shares.delete(`${a}>${b}`);
    this.shares.delete(`${b}>${a}`);
  }

  isFriend(a: Who, b: Who): boolean {
    return this.#friends.has(pair(a, b));
  }

  block(by: Who, other: Who): void {
    this.#blocks.add(`${by}>${other}`);
    this.unfriend(by, other);
    for (const { consents } of this.meetings) {
      consents.get(by)?.audience.delete(other);
      consents.get(other)?.audience.delete(by);
    }
  }

  unblock(by: Who, other: Who): void {
    this.#blocks.delete(`${by}>${other}`);
  }

  isBlocked(a: Who, b: Who): boolean {
    return this.#blocks.has(`${a}>${b}`) || this.#blocks.has(`${b}>${a}`);
  }

  share(by: Who, friend: Who, now: number, untilMs: number, precision: Precision): void {
    const was = this.shares.get(`${by}>${friend}`);
    const sinceMs = was !== undefined && now < was.untilMs ? was.sinceMs : now;
    this.shares.set(`${by}>${friend}`, { sinceMs, untilMs, precision });
  }

  erase(who: Who): void {
    this.erased.add(who);
    for (const meeting of this.meetings) {
      this.#withdraw(meeting, who);
      if (meeting.group.owner === who) meeting.group.cancelled = true;
    }
    for (const key of this.shares.keys()) if (key.split(">").includes(String(who))) this.shares.delete(key);
    for (const key of this.#held.keys()) if (key.startsWith(`${who} `)) this.#held.delete(key);
  }
}

function pair(a: Who, b: Who): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
