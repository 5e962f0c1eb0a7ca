import { FrameLog } from "./frames.ts";
import type { Person, World } from "./world.ts";

interface SseEvent {
  event?: string;
  data?: string;
  id?: string;
  retry?: string;
}

/** A reader of server-sent events, by the book (HTML, section 9.2.6): what comes is kept, and the newest id. */
export class TestStream extends FrameLog implements AsyncDisposable {
  readonly response: Response;
  readonly ended: Promise<void>;
  /** The problem document, where there is no stream. */
  readonly refused: Promise<unknown>;
  /** Lines that are comments. */
  comments = 0;
  /** The newest id, as a browser would send it back. */
  lastEventId = "";
  /** Ids, one for each event that has one. */
  readonly ids: string[] = [];
  readonly retries: number[] = [];
  /** What the server said when it ended the stream. */
  end: { code: number } | null = null;
  readonly #abort: AbortController;
  readonly #watchers = new Set<() => void>();

  private constructor(response: Response, abort: AbortController) {
    super();
    this.response = response;
    this.#abort = abort;
    const isStream = response.status === 200;
    this.ended = isStream ? this.#read() : Promise.resolve();
    this.refused = isStream ? Promise.resolve(null) : response.json();
  }

  static async open(
    world: Pick<World, "url">,
    headers: Record<string, string>,
    query: Record<string, string> | string = {},
  ): Promise<TestStream> {
    const abort = new AbortController();
    const search = new URLSearchParams(query).toString();
    const url = `${world.url}/realtime/sse${search === "" ? "" : `?${search}`}`;
    const response = await fetch(url, { headers, signal: abort.signal });
    return new TestStream(response, abort);
  }

  async #read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) this.fail(String(error));
    }
    this.fail(`the stream ended with ${this.end?.code ?? "nothing"}`);
    this.#look();
  }

  #take(block: string): void {
    const event: SseEvent = {};
    for (const line of block.split("\n")) {
      if (line.startsWith(":")) this.comments++;
      const [, name, value] = /^(event|data|id|retry): (.*)$/s.exec(line) ?? [];
      if (name !== undefined) event[name as keyof SseEvent] = value ?? ""; // as the expression says
    }
    if (event.id !== undefined) {
      this.lastEventId = event.id;
      if (event.data !== undefined) this.ids.push(event.id);
    }
    if (event.retry !== undefined) this.retries.push(Number(event.retry));
    if (event.event === "end") this.end = JSON.parse(event.data ?? "{}");
    else if (event.data !== undefined) this.#frame(event.event, event.data);
    this.#look();
  }

  #frame(name: string | undefined, data: string): void {
    const frame = JSON.parse(data) as { type: string };
    if (frame.type !== name) throw new Error(`${frame.type} came as ${name}`);
    this.receive(frame);
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Resolves once something else than a frame is as wanted. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Goes away without a word. */
  async drop(): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drop();
  }
}

export function bearer({ token }: Pick<Person, "token">): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** An event stream of this person's; resolves once welcome. */
export async function openStream(
  world: Pick<World, "url">,
  person: Pick<Person, "token">,
  lastEventId?: string,
): Promise<TestStream> {
  const headers = bearer(person);
  if (lastEventId !== undefined) headers["last-event-id"] = lastEventId;
  const stream = await TestStream.open(world, headers);
  if (stream.response.status !== 200) throw new Error(`no stream: ${stream.response.status}`);
  await stream.next("welcome");
  return stream;
}
