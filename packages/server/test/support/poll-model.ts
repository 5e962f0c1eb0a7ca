import type { Vote } from "@jarvis/contract";

/** What a poll should be, kept in the plainest way. People and options are numbers; 0 is the owner. */
export class PollModel {
  readonly options = new Set<number>();
  readonly votes = new Map<number, Map<number, Vote>>();
  /** Who last voted while it was hidden. */
  readonly secret = new Set<number>();
  readonly present: Set<number>;
  required = new Set<number>();
  hidden = false;
  deadlineS: number | null = null;
  time: number | "other" | null = null;

  constructor(people: number) {
    this.present = new Set(Array.from({ length: people }, (_, person) => person));
  }

  isOpen(nowS: number): boolean {
    return this.time === null && (this.deadlineS === null || nowS < this.deadlineS);
  }

  offer(option: number): boolean {
    if (this.time !== null) return false;
    this.options.add(option);
    return true;
  }

  remove(option: number, nowS: number): boolean {
    if (!this.isOpen(nowS)) return false;
    if (!this.options.delete(option)) return false;
    for (const votes of this.votes.values()) votes.delete(option);
    return true;
  }

  vote(person: number, votes: ReadonlyMap<number, Vote | null>, nowS: number): boolean {
    if (!this.present.has(person) || !this.isOpen(nowS)) return false;
    if ([...votes.keys()].some((option) => !this.options.has(option))) return false;
    const own = this.votes.get(person) ?? new Map<number, Vote>();
    const isChange = [...votes].some(([option, vote]) => (own.get(option) ?? null) !== vote);
    if (isChange && this.hidden) this.secret.add(person);
    else if (isChange) this.secret.delete(person);
    for (const [option, vote] of votes) {
      if (vote === null) own.delete(option);
      else own.set(option, vote);
    }
    this.votes.set(person, own);
    return true;
  }

  leave(person: number): void {
    this.present.delete(person);
    this.votes.delete(person);
    this.secret.delete(person);
    this.required.delete(person);
  }

  fix(option: number): boolean {
    if (!this.options.has(option)) return false;
    this.time = option;
    return true;
  }

  tally(option: number): Record<Vote, number> {
    const tally = { yes: 0, if_needed: 0, no: 0 };
    for (const votes of this.votes.values()) {
      const vote = votes.get(option);
      if (vote !== undefined) tally[vote]++;
    }
    return tally;
  }

  /** The votes whose author this reader may be told. */
  shownTo(reader: number): Map<number, Map<number, Vote>> {
    const isShown = (person: number) => reader === 0 || person === reader || !this.secret.has(person);
    return new Map([...this.votes].filter(([person]) => isShown(person)));
  }

  voters(reader: number, option: number, vote: Vote): number[] {
    return [...this.shownTo(reader)].flatMap(([person, votes]) =>
      votes.get(option) === vote ? [person] : [],
    );
  }

  answered(reader: number): number[] {
    return [...this.shownTo(reader)].flatMap(([person, votes]) => (votes.size > 0 ? [person] : []));
  }

  waiting(reader: number): number[] {
    const shown = this.shownTo(reader);
    return [...this.present].filter((person) => (shown.get(person)?.size ?? 0) < this.options.size);
  }
}
