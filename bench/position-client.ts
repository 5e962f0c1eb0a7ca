import type { Socket } from "bun";
import { handshake, textFrame } from "../packages/server/test/support/raw-websocket.ts";

/** What all clients of a run have heard. */
export class Positions {
  frames = 0;
  bytes = 0;
  sent = 0;
  /** Other frames than positions: of these none is expected once a run has begun. */
  errors = 0;
  closed = 0;
  delays: number[] = [];
}

const opening = Buffer.from('{"type":"position"');
const errorOpening = Buffer.from('{"type":"error"');
const atMark = Buffer.from('"at_ms":');

/** A phone that moves and watches, cheap enough that twenty thousand fit beside the server: frames are found, not parsed. */
export class PositionClient {
  readonly #positions: Positions;
  /** Looks at how old what it is told is. */
  readonly #isSample: boolean;
  readonly welcomed: Promise<void>;
  readonly #onWelcome: () => void;
  readonly #place: { token: string; event: string };
  #socket: Socket | null = null;
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = false;
  readonly #heading: number;

  constructor(positions: Positions, index: number, place: { token: string; event: string }) {
    this.#positions = positions;
    this.#place = place;
    this.#isSample = index % 10 === 0;
    this.#heading = index % 360;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.welcomed = promise;
    this.#onWelcome = resolve;
  }

  async connect(url: string): Promise<void> {
    const { hostname, port } = new URL(url);
    const { token, event } = this.#place;
    this.#socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data: (_, chunk) => this.#heard(chunk),
        close: () => {
          this.#positions.closed++;
        },
      },
    });
    this.#socket.write(handshake(url));
    this.#socket.write(textFrame({ type: "hello", token }));
    await this.welcomed;
    this.#socket.write(textFrame({ type: "watch", event }));
  }

  move(step: number): void {
    this.#positions.sent++;
    const latitude = 49.2 + (step % 1_000) / 10_000;
    const at = Date.now() / 1_000;
    this.#socket?.write(
      textFrame({
        type: "location",
        latitude,
        longitude: -123.24,
        accuracy: 8,
        speed: 1.4,
        heading: this.#heading,
        at,
      }),
    );
  }

  close(): void {
    this.#socket?.end();
  }

  #heard(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = Buffer.from(bytes.subarray(this.#take(bytes)));
  }

  /** Goes from frame to frame, and gives where the first that is not all there begins. */
  #take(bytes: Buffer): number {
    let at = this.#isOpen ? 0 : this.#skipHandshake(bytes);
    while (at + 4 <= bytes.length) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (at + head > bytes.length) break;
      const length =
        short === 126
          ? bytes.readUInt16BE(at + 2)
          : short === 127
            ? Number(bytes.readBigUInt64BE(at + 2))
            : short;
      if (at + head + length > bytes.length) break;
      this.#frame(bytes, at + head, at + head + length);
      at += head + length;
    }
    return at;
  }

  #skipHandshake(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return 0;
    this.#isOpen = true;
    return end + 4;
  }

  #frame(bytes: Buffer, from: number, to: number): void {
    const positions = this.#positions;
    // `{"type":"p` of position and `{"type":"w` of welcome differ here.
    const kind = bytes[from + 9];
    if (kind === 0x70 && bytes[from + 10] === opening[10]) {
      positions.frames++;
      positions.bytes += to - from;
      if (this.#isSample) this.#measure(bytes, from, to);
    } else if (kind === 0x77) this.#onWelcome();
    else if (bytes.subarray(from, from + errorOpening.length).equals(errorOpening)) positions.errors++;
  }

  #measure(bytes: Buffer, from: number, to: number): void {
    const mark = bytes.subarray(from, to).indexOf(atMark);
    if (mark < 0) return;
    const start = from + mark + atMark.length;
    const atMs = Number(bytes.toString("latin1", start, start + 13));
    this.#positions.delays.push(Date.now() - atMs);
  }
}
