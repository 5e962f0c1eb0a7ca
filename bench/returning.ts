export interface Returns {
  readonly url: string;
  readonly token: string;
  readonly epoch: string;
  /** Where each stream stood. */
  readonly resume: Readonly<Record<string, number>>;
  /** How many entries each event has since then. */
  readonly behind: number;
}

const entry = '{"type":"entry","stream":"';

/** A connection that comes back, as often as it is asked to, until it has all that it missed. */
export class Returning {
  /** Resolves once it is live and has all. */
  readonly live: Promise<void>;
  liveMs: number | null = null;
  missing = 0;
  wrong = 0;
  refused = 0;
  readonly #returns: Returns;
  readonly #beganMs: number;
  readonly #heads: Map<string, number>;
  readonly #done = Promise.withResolvers<void>();
  #socket: WebSocket | null = null;
  #isWelcome = false;

  constructor(returns: Returns, beganMs: number) {
    this.#returns = returns;
    this.#beganMs = beganMs;
    this.#heads = new Map(Object.entries(returns.resume));
    this.missing =
      returns.behind * [...this.#heads.keys()].filter((stream) => stream.startsWith("event:")).length;
    this.live = this.#done.promise;
    this.#connect();
  }

  leave(): void {
    if (this.#socket === null) return;
    this.#socket.onclose = null;
    this.#socket.close();
  }

  #connect(): void {
    const { url, token, epoch } = this.#returns;
    const socket = new WebSocket(`${url.replace("http", "ws")}/realtime`, "jarvis.v1");
    this.#socket = socket;
    this.#isWelcome = false;
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: "hello", token, epoch, resume: Object.fromEntries(this.#heads) }));
    socket.onmessage = ({ data }) => this.#read(String(data));
    socket.onclose = ({ reason }) => this.#sentAway(reason);
  }

  /** Whoever is refused in the handshake is not told by this client for how long: it waits a little, at random. */
  #sentAway(reason: string): void {
    this.refused++;
    const told = /^{"retry_after_ms":(\d+)}$/.exec(reason)?.[1];
    setTimeout(() => this.#connect(), told === undefined ? 1_000 + Math.random() * 2_000 : Number(told));
  }

  #read(text: string): void {
    if (text.startsWith(entry)) this.#entry(text);
    else if (text.startsWith('{"type":"welcome"')) this.#isWelcome = true;
    else if (text.startsWith('{"type":"reset"') || text.startsWith('{"type":"error"')) this.wrong++;
    if (!this.#isWelcome || this.missing > 0 || this.liveMs !== null) return;
    this.liveMs = performance.now() - this.#beganMs;
    this.#done.resolve();
  }

  #entry(text: string): void {
    const end = text.indexOf('"', entry.length);
    const stream = text.slice(entry.length, end);
    const seq = Number.parseInt(text.slice(end + '","seq":'.length), 10);
    if (seq !== (this.#heads.get(stream) ?? 0) + 1) this.wrong++;
    this.#heads.set(stream, seq);
    this.missing--;
  }
}
