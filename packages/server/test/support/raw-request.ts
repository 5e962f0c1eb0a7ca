/** A request written byte by byte, as no client library would. */
export interface RawRequest {
  write(text: string): void;
  /** Ends the connection without a word. */
  drop(): void;
  /** All that was answered, once the body of the answer has come. */
  readonly answer: Promise<string>;
}

/** Opens a connection and sends this much. */
export async function rawRequest(url: string, text: string): Promise<RawRequest> {
  const { hostname, port } = new URL(url);
  const { promise: answer, resolve } = Promise.withResolvers<string>();
  let received = "";
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_, bytes) {
        received += bytes.toString();
        if (/\r\n\r\n./s.test(received)) resolve(received);
      },
      close: () => resolve(received),
    },
  });
  socket.write(text);
  return { answer, write: (more) => void socket.write(more), drop: () => socket.terminate() };
}
