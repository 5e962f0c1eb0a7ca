import { Connection, JarvisError, type ResumePoint } from "@jarvis/sdk";
import { View } from "./view.ts";

/** What the SDK makes a connection of. */
export type ConnectionParts = ConstructorParameters<typeof Connection>[0];

/** A message that somebody typed: what has become of it, as far as their device knows. */
export interface Intent {
  readonly event: string;
  readonly clientId: string;
  readonly text: string;
  readonly replyTo: number | undefined;
  readonly user: string;
  state: "waiting" | "acknowledged" | "refused" | "unknown";
  seq: number | null;
  /** The acknowledgement came before a backup was restored that does not hold the message. */
  undone: boolean;
}

/** An application on one phone: the SDK's connection, a screen, and what it has kept through its own restarts. */
export class Device {
  readonly index: number;
  readonly user: string;
  readonly session: string;
  readonly token: string;
  readonly intents: Intent[] = [];
  /** Answers to calls over HTTP that are on their way. */
  readonly answers: { arrives(): void; lost(): void }[] = [];
  readonly view = new View();
  connection: Connection;
  /** Signed out for good. */
  ended = false;
  readonly #parts: ConnectionParts;
  readonly #queueLimit: number;
  #permits = 0;
  #wake: (() => void) | undefined;
  #life = 0;

  constructor(
    who: { index: number; user: string; session: string; token: string },
    parts: Omit<ConnectionParts, "token">,
    queueLimit: number,
  ) {
    this.index = who.index;
    this.user = who.user;
    this.session = who.session;
    this.token = who.token;
    this.#queueLimit = queueLimit;
    this.#parts = { ...parts, token: () => this.token };
    this.connection = this.#start();
  }

  get isSettled(): boolean {
    if (this.ended) return true;
    if (this.answers.length > 0 || this.connection.state !== "live") return false;
    const fetching = [...this.view.events.values()].some((seen) => seen.needsFetch || seen.touched !== null);
    return !fetching && this.intents.every(({ state }) => state !== "waiting");
  }

  #start(resume?: ResumePoint): Connection {
    const connection = new Connection(this.#parts, {
      queueLimit: this.#queueLimit,
      onState: (state) => {
        if (state === "closed") this.ended = true;
      },
      ...(resume === undefined ? {} : { resume }),
    });
    void this.#readAll(connection, ++this.#life);
    return connection;
  }

  async #readAll(connection: Connection, life: number): Promise<void> {
    const reader = connection[Symbol.asyncIterator]();
    for (;;) {
      while (this.#permits === 0 && life === this.#life)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      if (life !== this.#life) return;
      this.#permits--;
      // An ended session is no failure of the reader.
      const next = await reader.next().catch(() => ({ done: true, value: undefined }) as const);
      if (next.done || life !== this.#life) return;
      this.view.apply(next.value);
    }
  }

  /** Lets the application take so many frames. */
  read(frames: number): void {
    this.#permits += frames;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** The application is killed and started again with what it had kept: its screen, its cursors, what it has to send. */
  restart(): void {
    if (this.ended) return;
    const point = this.connection.resumePoint;
    this.#life++;
    this.connection.close();
    this.ended = false;
    this.answers.length = 0;
    this.#permits = 0;
    this.#wake?.();
    if (point === null) this.view.forget();
    else this.view.at = new Map(Object.entries(point.streams));
    for (const seen of this.view.events.values()) {
      if (seen.touched === null) continue;
      seen.touched = null;
      seen.needsFetch = true;
    }
    this.connection = this.#start(point ?? undefined);
    for (const intent of this.intents) if (intent.state === "waiting") this.#transmit(intent);
  }

  say(intent: Intent): void {
    this.intents.push(intent);
    this.#transmit(intent);
  }

  #transmit(intent: Intent): void {
    const life = this.#life;
    const { event, text, clientId, replyTo } = intent;
    const options = replyTo === undefined ? { clientId } : { clientId, replyTo };
    this.connection.send(event, text, options).then(
      ({ seq }) => {
        intent.state = "acknowledged";
        intent.seq = seq;
      },
      (error: unknown) => {
        if (life !== this.#life) return;
        if (error instanceof JarvisError && error.code === "client_id_reused")
          this.view.faults.push(`lost: ${clientId} of ${event} was taken for something else`);
        const ended = !(error instanceof JarvisError) || error.code === "unauthenticated";
        intent.state = ended ? "unknown" : "refused";
      },
    );
  }

  close(): void {
    this.#life++;
    this.connection.close();
    this.ended = true;
    this.#wake?.();
  }
}
