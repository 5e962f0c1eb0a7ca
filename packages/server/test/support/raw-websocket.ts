import { RawConnection } from "./raw.ts";

const defaults = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

/** A handshake as text, for a client that need not be polite. */
export function handshake(url: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ Host: new URL(url).host, ...defaults, ...headers });
  return `GET /realtime HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

/** An open WebSocket whose frames the test writes byte by byte. */
export async function openRaw(url: string): Promise<RawConnection> {
  const connection = new RawConnection(url);
  connection.send(handshake(url));
  const opened = await connection.until(({ text }) => text.includes("\r\n\r\n"));
  if (!opened || !connection.text.startsWith("HTTP/1.1 101 "))
    throw new Error(`no upgrade: ${connection.text}`);
  return connection;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameParts {
  opcode: number;
  payload?: Uint8Array | string;
  final?: boolean;
  reserved?: number;
  masked?: boolean;
  /** What the header says, where that is not the truth. */
  declared?: bigint;
}

/** One frame (RFC 6455, section 5.2). A mask of zeros leaves the payload as it is. */
export function frame({
  opcode,
  payload = "",
  final = true,
  reserved = 0,
  masked = true,
  declared,
}: FrameParts) {
  const data = Buffer.from(payload);
  const length = declared ?? BigInt(data.length);
  const head = Buffer.alloc(10);
  head.writeUInt8((final ? 0x80 : 0) | (reserved << 4) | opcode, 0);
  const mask = masked ? 0x80 : 0;
  let size = 2;
  if (length < 126n) head.writeUInt8(mask | Number(length), 1);
  else if (length < 65_536n) {
    head.writeUInt8(mask | 126, 1);
    head.writeUInt16BE(Number(length), 2);
    size = 4;
  } else {
    head.writeUInt8(mask | 127, 1);
    head.writeBigUInt64BE(length, 2);
    size = 10;
  }
  return Buffer.concat([head.subarray(0, size), Buffer.alloc(masked ? 4 : 0), data]);
}

export function textFrame(value: object): Buffer {
  return frame({ opcode: opcodes.text, payload: JSON.stringify(value) });
}

/** The code of the close frame that came, or null where the connection just ended. */
export function closeCodeIn(connection: RawConnection): number | null {
  let bytes = connection.bytes.subarray(connection.bytes.indexOf("\r\n\r\n") + 4);
  while (bytes.length >= 2) {
    const short = bytes.readUInt8(1) & 0x7f;
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < head) return null;
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
    if ((bytes.readUInt8(0) & 0x0f) === opcodes.close) return length >= 2 ? bytes.readUInt16BE(head) : null;
    bytes = bytes.subarray(head + length);
  }
  return null;
}
