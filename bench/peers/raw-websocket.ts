import { Expectation, openSocket, type RawSocket, type Reader } from "./raw-socket.ts";

/** What the peer makes of a frame: its bytes are in `bytes` from `start` to `end`. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void;

export interface Handshake {
  readonly path: string;
  readonly headers?: readonly string[];
}

/** An upgraded connection; its first frames can be awaited as text before `handOver` gives it to the counting reader. */
export async function openWebSocket(
  port: number,
  { path, headers = [] }: Handshake,
): Promise<{ socket: RawSocket; frames: Expectation }> {
  const frames = new Expectation();
  const socket = await openSocket(port, frames);
  const lines = [
    `GET ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    "connection: Upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const answer = await frames.until(/\r\n\r\n/);
  if (!answer.startsWith("HTTP/1.1 101")) throw new Error(`not upgraded: ${answer}`);
  return { socket, frames };
}

/** Masked with zeros, as the protocol allows: the server unmasks as ever, and the load has nothing to do. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

const textOpcode = 1;
const pingOpcode = 9;
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/** Walks over the frames that a server sends. */
export class FrameReader implements Reader {
  readonly ended: (error: Error) => void;
  readonly #onFrame: OnFrame;
  readonly #socket: RawSocket;
  #rest: Buffer | null = null;

  constructor(socket: RawSocket, onFrame: OnFrame, ended: (error: Error) => void) {
    this.#socket = socket;
    this.#onFrame = onFrame;
    this.ended = ended;
  }

  data(arrived: Buffer): void {
    const bytes = this.#rest === null ? arrived : Buffer.concat([this.#rest, arrived]);
    let at = 0;
    for (;;) {
      const start = payloadStart(bytes, at);
      const end = start + payloadLength(bytes, at);
      if (start > bytes.length || end > bytes.length) break;
      this.#take(bytes, (bytes[at] ?? 0) & 0x0f, start, end);
      at = end;
    }
    this.#rest = at === bytes.length ? null : Buffer.from(bytes.subarray(at));
  }

  #take(bytes: Buffer, opcode: number, start: number, end: number): void {
    if (opcode === textOpcode) return this.#onFrame(bytes, start, end);
    if (opcode === pingOpcode) this.#socket.write(pong);
  }
}

function payloadStart(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  return at + (short === 126 ? 4 : short === 127 ? 10 : 2);
}

function payloadLength(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  if (short < 126) return short;
  if (at + 10 > bytes.length) return short === 126 && at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : 0;
  return short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}
