import type { Room } from "./peer.ts";
import { openSocket } from "./raw-socket.ts";
import { type Dialect, joinWebSocketRoom } from "./websocket-room.ts";

/** Sockets hear; what the author writes goes over one HTTP connection, one request behind the other. */
export async function joinPostingRoom(port: number, connections: number, dialect: Dialect): Promise<Room> {
  const room = await joinWebSocketRoom(port, connections, dialect, "own frame");
  const { acknowledged } = room;
  let rest = "";
  const author = await openSocket(port, {
    data(bytes) {
      rest += bytes.toString("latin1");
      const answers = rest.split("HTTP/1.1 201 ").length - 1;
      if (/HTTP\/1\.1 (?!201)\d/.test(rest)) acknowledged.fail(new Error(`unexpected answer: ${rest}`));
      rest = rest.slice(Math.max(rest.lastIndexOf("HTTP/1.1 201 ") + 13, rest.length - 12));
      acknowledged.add(answers);
    },
    ended: (error) => acknowledged.fail(error),
  });
  return {
    ...room,
    publish: (count) => author.write(dialect.encode(count)),
    close() {
      author.close();
      room.close();
    },
  };
}
