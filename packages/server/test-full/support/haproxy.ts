import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "../../test/support/free-port.ts";

/** HAProxy before a server that may go and come back. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
}

export async function startBalancer(directory: string, server: string): Promise<Balancer> {
  const port = await freePort();
  const file = join(directory, "balancer.cfg");
  await Bun.write(file, configuration(directory, port, server));
  const process = Bun.spawn(["haproxy", "-db", "-f", file], { stdout: "ignore", stderr: "pipe" });
  while (!(await listens(directory))) {
    if (process.exitCode !== null) throw new Error(await new Response(process.stderr).text());
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.exited;
    },
  };
}

function configuration(directory: string, port: number, server: string): string {
  return `
global
  stats socket ${directory}/balancer.sock mode 600 level admin
  maxconn 8000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 120s
frontend people
  bind 127.0.0.1:${port}
  default_backend jarvis
backend jarvis
  server one ${new URL(server).host} check inter 200ms fall 1 rise 1
`;
}

function listens(directory: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(directory, "balancer.sock"));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false)); // it does not listen yet
  });
}
