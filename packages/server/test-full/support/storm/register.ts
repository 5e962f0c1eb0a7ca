import type { Database as SqliteFile } from "bun:sqlite";
import { type Answered, call } from "../client.ts";

/** Somebody on a server that may come back at another address. */
export interface Caller {
  readonly id: string;
  call(method: string, path: string, body?: unknown): Promise<Answered>;
}

export interface Place {
  url: string;
  /** Answers that have come so far. */
  answers?: number;
}

export async function join(place: Place, name: string): Promise<Caller> {
  const heard = <A>(answer: A): A => {
    place.answers = (place.answers ?? 0) + 1;
    return answer;
  };
  const account = { email: `${name}@example.org`, password: "correct horse", username: name };
  const { response } = heard(await call(place.url, "POST", "/user", account));
  const { id, token } = response;
  return {
    id,
    async call(method, path, body) {
      if (!(body instanceof Blob)) return heard(await call(place.url, method, path, body, token));
      const headers = { authorization: `Bearer ${token}`, "content-type": body.type };
      const answer = await fetch(place.url + path, { method: "POST", headers, body });
      const { code, response } = heard(await answer.json());
      return { status: answer.status, code, retryAfter: answer.headers.get("retry-after"), response };
    },
  };
}

export interface Step {
  /** What is there once it is done; null: only the answer says. */
  readonly value: string | null;
  send(): Promise<Answered>;
  /** What the answer says is there. */
  told?(response: Answered["response"]): string;
}

/** Something with a value that is changed again and again, one change after another. */
export class Register {
  readonly name: string;
  /** As it was last acknowledged. */
  acknowledged: string;
  /** A change of which nobody has heard; null: there is none, `*`: it may be anything. */
  unanswered: string | null = null;
  steps = 0;
  readonly #next: (n: number, now: string) => Step | Promise<Step>;
  readonly #read: (db: SqliteFile) => string;

  constructor(
    name: string,
    initial: string,
    next: (n: number, now: string) => Step | Promise<Step>,
    read: (db: SqliteFile) => string,
  ) {
    this.name = name;
    this.acknowledged = initial;
    this.#next = next;
    this.#read = read;
  }

  /** Makes the next change; its status. Throws where no answer came. */
  async step(): Promise<number> {
    const step = await this.#next(this.steps++, this.acknowledged);
    const { value } = step;
    this.unanswered = value ?? "*";
    const { status, response } = await step.send();
    this.unanswered = null;
    if (status < 300) this.acknowledged = step.told?.(response) ?? value ?? "";
    return status;
  }

  /** Null: the store holds what it has to. What nobody has heard of may have been done, as a whole. */
  faultIn(db: SqliteFile): string | null {
    const value = this.#read(db);
    const { acknowledged, unanswered } = this;
    if (value === acknowledged || value === unanswered || unanswered === "*") return null;
    return `${this.name}: ${value} instead of ${acknowledged}${unanswered === null ? "" : ` or ${unanswered}`}`;
  }

  /** From now on what the store holds counts as acknowledged. */
  settle(db: SqliteFile): void {
    this.acknowledged = this.#read(db);
    this.unanswered = null;
  }
}

/** The first column of all rows. */
export function column(db: SqliteFile, text: string, ...values: (string | number)[]): string[] {
  return db
    .query<[unknown], (string | number)[]>(text)
    .values(...values)
    .map(([value]) => String(value));
}
