import { Counter } from "./counter.ts";
import type { Room } from "./peer.ts";
import type { Expectation, RawSocket } from "./raw-socket.ts";
import { FrameReader, type Handshake, openWebSocket } from "./raw-websocket.ts";

export interface Dialect extends Handshake {
  /** Says what has to be said before messages flow; `index` tells the connections apart. */
  greet?(socket: RawSocket, frames: Expectation, index: number): Promise<void>;
  /** What a frame from the server is; null: of no interest. */
  kindOf(bytes: Buffer, start: number, socket: RawSocket): "delivery" | "ack" | null;
  /** Bytes that say the next messages. */
  encode(count: number): Uint8Array;
}

/** A chat of connections that speak WebSocket. Without acknowledgements of its own, the author's copy is one. */
export async function joinWebSocketRoom(
  port: number,
  connections: number,
  dialect: Dialect,
  acks: "own frame" | "own copy",
): Promise<Room> {
  const delivered = new Counter();
  const acknowledged = new Counter();
  const sockets: RawSocket[] = [];
  for (let index = 0; index < connections; index++) {
    const { socket, frames } = await openWebSocket(port, dialect);
    await dialect.greet?.(socket, frames, index);
    const isAuthor = index === 0;
    const onFrame = (bytes: Buffer, start: number) => {
      const kind = dialect.kindOf(bytes, start, socket);
      if (kind === "ack") acknowledged.add(1);
      if (kind !== "delivery") return;
      delivered.add(1);
      if (isAuthor && acks === "own copy") acknowledged.add(1);
    };
    frames.handOver(
      new FrameReader(socket, onFrame, (error) => {
        delivered.fail(error);
        acknowledged.fail(error);
      }),
    );
    sockets.push(socket);
  }
  return {
    delivered,
    acknowledged,
    publish: (count) => sockets[0]?.write(dialect.encode(count)),
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

/** The same frame over and over. */
export function repeated(frame: Uint8Array): (count: number) => Uint8Array {
  const batches = new Map<number, Uint8Array>();
  return (count) => {
    const known = batches.get(count) ?? Buffer.concat(Array.from({ length: count }, () => frame));
    batches.set(count, known);
    return known;
  };
}
