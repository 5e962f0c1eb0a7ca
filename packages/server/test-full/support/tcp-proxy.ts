import { connect, createServer, type Socket } from "node:net";

/** One connection through the proxy. */
export interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** What becomes of bytes on their way to the client; null: they never arrive. */
export type Filter = (chunk: Buffer, link: Link) => Buffer | null;

/** A network between clients and a server that can be made to fail. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string;
  readonly links: ReadonlySet<Link>;
  filter: Filter | null;
  /** Nothing gets through, of new connections either, and nobody is told. */
  isDown: boolean;
  /** Ends a connection as a router does that has forgotten it: both sides get a reset. */
  reset(link: Link): void;
  /** It is down. */
  fail(): void;
  /** What was held back goes on. */
  heal(): void;
}

export async function tcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const links = new Set<Link>();
  const listener = createServer((client) => {
    const link: Link = { client, server: connect(Number(port), hostname) };
    links.add(link);
    client.on("data", (chunk) => link.server.write(chunk));
    link.server.on("data", (chunk: Buffer) => {
      const passed = proxy.filter === null ? chunk : proxy.filter(chunk, link);
      if (passed !== null) client.write(passed);
    });
    join(link.client, link.server, () => links.delete(link));
    join(link.server, link.client, () => links.delete(link));
    if (proxy.isDown) hold(link);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("it listens on a port");
  const proxy: TcpProxy = {
    url: `http://127.0.0.1:${address.port}`,
    links,
    filter: null,
    isDown: false,
    reset(link) {
      link.client.resetAndDestroy();
      link.server.resetAndDestroy();
    },
    fail() {
      proxy.isDown = true;
      for (const link of links) hold(link);
    },
    heal() {
      proxy.isDown = false;
      for (const { client, server } of links) {
        client.resume();
        server.resume();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { client, server } of links) {
        client.destroy();
        server.destroy();
      }
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return proxy;
}

function hold({ client, server }: Link): void {
  client.pause();
  server.pause();
}

/** The end of one side is the end of the other, once it has had what was under way. */
function join(one: Socket, other: Socket, ended: () => void): void {
  one.on("error", () => other.destroy()); // a reset is one way in which it may end
  one.on("end", () => other.end());
  one.on("close", () => {
    ended();
    other.destroySoon();
  });
}
