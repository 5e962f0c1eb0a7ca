/** As it is sent: the same each time, or made anew for each. */
export type Request = string | (() => string);

function textOf(request: Request): string {
  return typeof request === "string" ? request : request();
}

/** One in flight on each of many keep-alive connections, written and read as bytes so that the load costs little. */
export async function postLoad(url: string, requests: readonly Request[], total: number): Promise<void> {
  const { hostname, port } = new URL(url);
  let sent = 0;
  let answered = 0;
  const done = Promise.withResolvers<void>();
  const next = () => (sent < total ? sent++ : -1);

  await Promise.all(
    requests.map((request) =>
      Bun.connect<{ pending: string }>({
        hostname,
        port: Number(port),
        data: { pending: "" },
        socket: {
          open(socket) {
            if (next() >= 0) socket.write(textOf(request));
          },
          data(socket, bytes) {
            socket.data.pending += bytes.toString("latin1");
            while (takeAnswer(socket.data)) {
              if (++answered === total) done.resolve();
              if (next() >= 0) socket.write(textOf(request));
              else if (answered === total) socket.end();
            }
          },
          error: (_, error) => done.reject(error),
          close: () => (answered < total && sent >= total ? undefined : done.resolve()),
        },
      }),
    ),
  );
  await done.promise;
}

/** Takes one whole answer off the front; a status other than 2xx ends the measurement, since it would measure nothing. */
function takeAnswer(buffer: { pending: string }): boolean {
  const end = buffer.pending.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = buffer.pending.slice(0, end);
  if (!head.startsWith("HTTP/1.1 2")) throw new Error(`unexpected answer: ${buffer.pending.slice(0, 300)}`);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (buffer.pending.length < end + 4 + length) return false;
  buffer.pending = buffer.pending.slice(end + 4 + length);
  return true;
}

export function postRequest(
  path: string,
  body: unknown,
  token?: string,
  headers: Record<string, string> = {},
): string {
  const text = JSON.stringify(body);
  const lines = [
    `POST ${path} HTTP/1.1`,
    "host: localhost",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(text)}`,
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${text}`;
}
