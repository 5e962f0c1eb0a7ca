import type { Json } from "../../../test/support/world.ts";
import type { Person } from "../client.ts";
import { Participant } from "../participant.ts";
import { eventually } from "./eventually.ts";

/** Somebody who walks and shows it, and somebody who watches until they are sent away. */
export class Walk {
  /** Positions that the watcher was given, and when; before and after they were sent away. */
  readonly givenMs: number[] = [];
  /** When it was acknowledged that the watcher is out. */
  endedMs: number | null = null;
  readonly watcher: Participant;
  readonly #walker: Person;
  readonly #watcherId: string;
  readonly #chat: string;
  #isOver = false;
  #steps = 0;

  constructor(url: string, chat: string, walker: Person, watcher: Person) {
    this.#walker = walker;
    this.#watcherId = watcher.id;
    this.#chat = chat;
    this.watcher = new Participant({
      url,
      name: `watcher of ${chat}`,
      token: watcher.token,
      chat,
      random: Math.random,
      silenceMs: 4_000,
      wishes: [{ type: "watch", event: chat }],
      heard: (frame) => this.#heard(frame),
    });
  }

  /** Until it is over, a step every half second; one that is not taken is made up for by the next. */
  async go(): Promise<void> {
    while (!this.#isOver) {
      const body = { latitude: 48.1 + this.#steps++ * 1e-4, longitude: 11.5, accuracy: 5 };
      const path = `/event/${this.#chat}/location`;
      await this.#walker.call("POST", path, body).catch(() => null); // the fault is being tried
      await Bun.sleep(500);
    }
  }

  /** The watcher is removed by the event's owner. */
  async end(owner: Person): Promise<void> {
    const path = `/event/${this.#chat}/people/${this.#watcherId}`;
    await eventually(async () => [200, 404].includes((await owner.call("DELETE", path)).status));
    this.endedMs = performance.now();
  }

  stop(): void {
    this.#isOver = true;
    this.watcher.leave();
  }

  /** How long after it had been acknowledged a position was still given; 0: none was. */
  get lateMs(): number {
    const { endedMs } = this;
    return endedMs === null ? 0 : Math.max(0, ...this.givenMs.map((ms) => ms - endedMs));
  }

  get givenBefore(): number {
    const { endedMs } = this;
    return this.givenMs.filter((ms) => endedMs === null || ms < endedMs).length;
  }

  #heard({ type, event, user }: Json): void {
    if (type === "position" && event === this.#chat && user !== this.#watcherId)
      this.givenMs.push(performance.now());
  }
}
