import { inLondon } from "./series.ts";

const dayS = 86_400;
const aheadS = 400 * dayS;

export type Rsvp = "accepted" | "maybe" | "declined" | "none";
export type Outcome = "ok" | "event_full" | "not_found" | "forbidden" | "invalid_input";
export type Scope = "this" | "following" | "all";

/** What a change asks for; `hour` and `interval` are of the local day. */
export interface Wish {
  name?: string;
  hour?: number;
  duration?: number;
  interval?: number;
}

export interface ModelOccurrence {
  day: number;
  original: number;
  start: number;
  duration: number;
  name: string;
  cancelled: boolean;
  own: Set<keyof Wish>;
  answers: Map<string, Rsvp>;
}

interface Stretch {
  from: number;
  anchorDay: number;
  /** The hour that ids are made of. */
  anchorHour: number;
  interval: number;
  name: string;
  hour: number;
  duration: number;
  /** Its rule has been given an end: nothing more comes of it. */
  ended?: boolean;
}

/**
 * A series that takes place every so many days, as a plain list: what the rules of the interface say, without rows,
 * columns or rules of recurrence. Days count from 1970.
 */
export class SeriesModel {
  occurrences: ModelOccurrence[] = [];
  cancelled = false;
  readonly series = new Map<string, Rsvp>();
  readonly #owner: string;
  readonly #capacity: number;
  #stretches: Stretch[];
  #until = 0;

  constructor(
    owner: string,
    guests: readonly string[],
    first: Omit<Stretch, "from">,
    capacity: number,
    now: number,
  ) {
    this.#owner = owner;
    this.#capacity = capacity;
    this.series.set(owner, "accepted");
    for (const guest of guests) this.series.set(guest, "none");
    this.#stretches = [{ ...first, from: inLondon(first.anchorDay, first.anchorHour) }];
    this.#fill(now + aheadS);
  }

  /** Housekeeping, once a day at most. */
  extend(now: number): void {
    if (!this.cancelled && !this.#last().ended && this.#until < now + aheadS - dayS) this.#fill(now + aheadS);
  }

  #fill(until: number): void {
    const last = this.#last();
    for (let day = last.anchorDay; ; day += last.interval) {
      const original = inLondon(day, last.anchorHour);
      if (original >= until) break;
      if (original >= Math.max(this.#until, last.from) && !this.#at(original)) this.#add(last, day);
    }
    this.#until = until;
  }

  #add(stretch: Stretch, day: number): void {
    const { name, duration, hour } = stretch;
    const original = inLondon(day, stretch.anchorHour);
    const start = inLondon(day, hour);
    const rest = { cancelled: false, own: new Set<keyof Wish>(), answers: new Map<string, Rsvp>() };
    this.occurrences.push({ day, original, start, name, duration, ...rest });
    this.occurrences.sort((a, b) => a.original - b.original);
  }

  #last(): Stretch {
    const last = this.#stretches.at(-1);
    if (last === undefined) throw new Error("a series has a stretch");
    return last;
  }

  #at(original: number): ModelOccurrence | undefined {
    return this.occurrences.find((one) => one.original === original);
  }

  #stretchOf(original: number): Stretch {
    return this.#stretches.findLast(({ from }) => from <= original) ?? this.#last();
  }

  /** By an occurrence that is named, or by the series: then by the one that comes next. */
  change(one: ModelOccurrence, scope: Scope, wish: Wish, now: number, named = true): Outcome {
    if (this.cancelled || (one.cancelled && named)) return "forbidden";
    if (scope === "this") {
      for (const key of Object.keys(wish) as (keyof Wish)[])
        if (apply(one, wish, new Set(), key)) one.own.add(key);
      return "ok";
    }
    const from = scope === "following" ? one.original : Number.NEGATIVE_INFINITY;
    const base = this.#stretchOf(one.original);
    const { interval, ...plain } = wish;
    const rest = this.#stretches.filter((stretch) => stretch.from >= base.from);
    if (interval !== undefined && rest.some((other) => interval !== other.interval || other.ended))
      return this.#renew(one, base, scope, wish, now);
    if (Object.keys(plain).length > 0) this.#split(from);
    for (const stretch of this.#stretches) if (stretch.from >= from) Object.assign(stretch, plain);
    for (const other of this.occurrences) {
      if (other.original < from || other.cancelled || !isAhead(other, now)) continue;
      for (const key of Object.keys(plain) as (keyof Wish)[]) apply(other, plain, other.own, key);
    }
    return "ok";
  }

  coming(now: number): ModelOccurrence {
    const ahead = this.occurrences.filter((one) => !one.cancelled && isAhead(one, now));
    const found = ahead.toSorted((a, b) => a.start - b.start)[0] ?? this.occurrences.at(-1);
    if (found === undefined) throw new Error("a series has occurrences");
    return found;
  }

  #split(from: number): void {
    const within = this.#stretches.findLast((stretch) => stretch.from <= from);
    if (within === undefined || within.from === from) return;
    this.#stretches.splice(this.#stretches.indexOf(within) + 1, 0, { ...within, from });
  }

  #renew(one: ModelOccurrence, base: Stretch, scope: Scope, wish: Wish, now: number): Outcome {
    const following = scope === "following";
    // A start that is named is where the rule begins.
    const anchorDay = following || wish.hour !== undefined ? one.day : base.anchorDay;
    const stretch = { ...base, ...wish, anchorDay, ended: false };
    const wanted: number[] = [];
    const originals: number[] = [];
    for (let day = anchorDay; inLondon(day, stretch.anchorHour) < now + aheadS; day += stretch.interval) {
      const end = inLondon(day, stretch.hour) + stretch.duration;
      if (end > now) wanted.push(day);
      originals.push(inLondon(day, stretch.anchorHour));
    }
    const from = following ? one.original : Number.NEGATIVE_INFINITY;
    const replaced = this.occurrences.filter((other) => other.original >= from && isAhead(other, now));
    const [first] = wanted.map((day) => inLondon(day, stretch.anchorHour));
    const begin = following ? one.original : Math.min(now, first ?? now);
    const { interval: _, ...plain } = wish;
    const earlier = this.#stretches.filter((other) => other.from < begin);
    // What was put off and is still to come changes with the rest.
    if (replaced.some(({ original }) => original < begin && originals.includes(original)))
      for (const other of earlier) Object.assign(other, plain);
    // What they are called and when they take place is still theirs; the rule is another.
    const { interval, anchorHour } = stretch;
    const later = this.#stretches
      .filter((other) => other.from > (following ? one.original : begin))
      .map((other) => Object.assign({}, other, plain, { interval, anchorDay, anchorHour, ended: false }));
    this.#stretches = [...earlier, { ...stretch, from: begin }, ...later];
    this.occurrences = this.occurrences.filter(
      (one) => !replaced.includes(one) || originals.includes(one.original),
    );
    for (const one of replaced) {
      if (!originals.includes(one.original) || one.cancelled) continue;
      const { name, hour, duration } = this.#stretchOf(one.original);
      for (const key of ["name", "hour", "duration"] as const)
        apply(one, { name, hour, duration }, one.own, key);
    }
    for (const day of wanted) {
      const original = inLondon(day, anchorHour);
      if (!this.#at(original)) this.#add(this.#stretchOf(original), day);
    }
    this.#until = now + aheadS;
    return "ok";
  }

  cancel(one: ModelOccurrence, scope: Scope, now: number): Outcome {
    if (scope === "this") {
      one.cancelled = true;
      return "ok";
    }
    if (this.cancelled) return "ok";
    const from = scope === "following" ? one.original : Number.NEGATIVE_INFINITY;
    const left = this.occurrences.filter(
      (other) => other.original >= from && !other.cancelled && isAhead(other, now),
    );
    for (const other of left) other.cancelled = true;
    const isRest = scope === "following" && this.occurrences.some(({ original }) => original < from);
    if (!isRest) this.cancelled = true;
    else if (left.length > 0 || !this.#last().ended) this.#end(from);
    return "ok";
  }

  #end(from: number): void {
    const ended = { ...this.#stretchOf(from), ended: true };
    this.#stretches = [...this.#stretches.filter((other) => other.from < ended.from), ended];
  }

  answer(user: string, one: ModelOccurrence | null, rsvp: Exclude<Rsvp, "none">, now: number): Outcome {
    if (one !== null && this.series.get(user) === "declined") return "not_found";
    if (this.cancelled || one?.cancelled) return "forbidden";
    if (user === this.#owner && rsvp !== "accepted") return "forbidden";
    return one === null ? this.#answerAll(user, rsvp, now) : this.#answerOne(user, one, rsvp);
  }

  #answerOne(user: string, one: ModelOccurrence, rsvp: Exclude<Rsvp, "none">): Outcome {
    if (this.answerOf(user, one) === rsvp) return "ok";
    if (rsvp === "accepted" && this.taken(one) >= this.#capacity) return "event_full";
    one.answers.set(user, rsvp);
    return "ok";
  }

  #answerAll(user: string, rsvp: Exclude<Rsvp, "none">, now: number): Outcome {
    const ahead = this.occurrences.filter((one) => isAhead(one, now));
    const others = [...this.series].filter(([other, given]) => other !== user && given === "accepted").length;
    const beside = (one: ModelOccurrence) =>
      this.taken(one) - (this.answerOf(user, one) === "accepted" ? 1 : 0);
    const isFull =
      others >= this.#capacity || ahead.some((one) => !one.cancelled && beside(one) >= this.#capacity);
    const answers = ahead.some((one) => one.answers.has(user));
    if (this.series.get(user) === rsvp && !answers) return "ok";
    if (rsvp === "accepted" && isFull) return "event_full";
    for (const one of rsvp === "declined" ? this.occurrences : ahead) one.answers.delete(user);
    this.series.set(user, rsvp);
    return "ok";
  }

  answerOf(user: string, one: ModelOccurrence): Rsvp {
    return one.answers.get(user) ?? this.series.get(user) ?? "none";
  }

  taken(one: ModelOccurrence): number {
    return [...this.series.keys()].filter((user) => this.answerOf(user, one) === "accepted").length;
  }
}

function isAhead({ start, duration }: ModelOccurrence, now: number): boolean {
  return start + duration > now;
}

/** Says whether it changed. */
function apply(one: ModelOccurrence, wish: Wish, own: ReadonlySet<keyof Wish>, key: keyof Wish): boolean {
  const value = wish[key];
  if (value === undefined || own.has(key)) return false;
  const before = JSON.stringify(one);
  if (key === "hour") one.start = inLondon(one.day, Number(value));
  if (key === "duration") one.duration = Number(value);
  if (key === "name") one.name = String(value);
  return before !== JSON.stringify(one);
}
