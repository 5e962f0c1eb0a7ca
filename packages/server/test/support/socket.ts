import { type ClientFrameInput, entryData, serverFrame, type ServerFrame } from "@jarvis/contract";
import type { Json, Person } from "./world.ts";

type Of<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;
export type Entry = Of<"entry">;

/** A client's frame with ids as plain strings, which is what a client has. */
type Sent = { type: ClientFrameInput["type"]; [field: string]: unknown };

interface Waiting {
  matches(frame: ServerFrame): boolean;
  resolve(frame: ServerFrame): void;
  reject(error: Error): void;
}

/** A WebSocket that keeps every frame it was sent, and waits for frames without sleeping. */
export class TestSocket implements AsyncDisposable {
  readonly frames: ServerFrame[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #waiting = new Set<Waiting>();
  #taken = 0;

  constructor(url: string, protocols: string[] = ["jarvis.v1"], headers: Record<string, string> = {}) {
    // Bun's WebSocket takes headers, which the browser's type does not know.
    const options = { protocols, headers } as unknown as string[];
    this.socket = new WebSocket(`${url.replace(/^http/, "ws")}/realtime`, options);
    this.socket.addEventListener("message", ({ data }) => this.#receive(String(data)));
    this.closed = new Promise((resolve) => {
      this.socket.addEventListener("close", ({ code }) => {
        for (const waiting of this.#waiting) waiting.reject(new Error(`the socket was closed with ${code}`));
        resolve(code);
      });
    });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) {
      await new Promise((resolve, reject) => {
        this.socket.addEventListener("open", resolve, { once: true });
        this.socket.addEventListener("close", () => reject(new Error("the socket did not open")), {
          once: true,
        });
      });
    }
    return this;
  }

  /** A frame, or for faults any text or bytes. */
  send(frame: Sent | string | Uint8Array<ArrayBuffer>): void {
    this.socket.send(
      typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame),
    );
  }

  #receive(text: string): void {
    const frame = JSON.parse(text) as ServerFrame;
    const declared: unknown = serverFrame.parse(frame);
    if (!Bun.deepEquals(declared, frame)) throw new Error(`a frame carries more than declared: ${text}`);
    if (frame.type === "entry") requireDeclared(frame);
    this.frames.push(frame);
    for (const waiting of this.#waiting) {
      if (!waiting.matches(frame)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(frame);
    }
  }

  /** The first frame of this type, among those that came already or are to come, that fits. */
  next<T extends ServerFrame["type"]>(type: T, fits: (frame: Of<T>) => boolean = () => true): Promise<Of<T>> {
    // The type has been compared before the cast.
    const matches = (frame: ServerFrame) => frame.type === type && fits(frame as Of<T>);
    const found = this.frames.find(matches);
    if (found !== undefined) return Promise.resolve(found as Of<T>);
    return new Promise((resolve, reject) => {
      this.#waiting.add({ matches, resolve: (frame) => resolve(frame as Of<T>), reject });
    });
  }

  /** Waits until everything the server had to say so far has arrived. */
  async flushed(): Promise<void> {
    const ref = `flush-${this.#taken++}`;
    this.send({ type: "ping", ref });
    await this.next("pong", (frame) => frame.ref === ref);
  }

  of<T extends ServerFrame["type"]>(type: T): Of<T>[] {
    return this.frames.filter((frame): frame is Of<T> => frame.type === type);
  }

  entries(stream: string, kind?: string): Entry[] {
    return this.of("entry").filter(
      (entry) => entry.stream === stream && (kind === undefined || entry.kind === kind),
    );
  }

  /** The messages of an event's chat, as they were delivered. */
  messages(event: string): Json[] {
    return this.entries(`event:${event}`, "message").map((entry) => entry.data["message"] as Json);
  }

  message(event: string, seq: number): Promise<Entry> {
    return this.next(
      "entry",
      (entry) =>
        entry.stream === `event:${event}` &&
        entry.kind === "message" &&
        (entry.data["message"] as Json).seq === seq,
    );
  }

  /** Ends the connection without a word, as a lost network does. */
  async drop(): Promise<void> {
    // Bun's WebSocket has it; the browser's type, which the checker knows, has not.
    (this.socket as WebSocket & { terminate(): void }).terminate();
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** An entry carries what the contract declares for its kind, and nothing else. */
function requireDeclared({ kind, data }: Entry): void {
  const schema = Object.hasOwn(entryData, kind) ? entryData[kind as keyof typeof entryData] : undefined; // just looked
  if (schema === undefined) throw new Error(`the contract has no schema for entries of kind ${kind}`);
  const declared: unknown = schema.parse(data);
  if (!Bun.deepEquals(declared, data)) throw new Error(`${kind} carries more: ${JSON.stringify(data)}`);
}

export interface Hello {
  epoch?: string;
  resume?: Record<string, number>;
}

/** Connects and says hello; resolves once welcome. */
export async function connect(
  url: string,
  person: Pick<Person, "token">,
  hello: Hello = {},
): Promise<TestSocket> {
  const socket = await new TestSocket(url).opened();
  socket.send({ type: "hello", token: person.token, ...hello });
  await socket.next("welcome");
  return socket;
}

export async function epochOf(socket: TestSocket): Promise<string> {
  return (await socket.next("welcome")).epoch;
}
