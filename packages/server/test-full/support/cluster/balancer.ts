import { connect } from "node:net";
import { join } from "node:path";
import { type Part, startPart } from "./part.ts";

export interface Front {
  readonly part: Part;
  /** Says something to HAProxy over its socket. */
  tell(command: string): Promise<string>;
}

interface Behind {
  readonly nodes: readonly number[];
  readonly primary: number;
  readonly standby: number;
  /** Where it listens for people, and for the nodes that want the database. */
  readonly port: number;
  readonly databasePort: number;
}

/** HAProxy before the nodes, which it asks whether they are ready, and before PostgreSQL, as a failover manager has it. */
export async function startFront(folder: string, behind: Behind): Promise<Front> {
  const file = join(folder, "haproxy.cfg");
  const socket = join(folder, "haproxy.sock");
  await Bun.write(file, configuration(socket, behind));
  const part = await startPart(folder, "haproxy", behind.port, ["haproxy", "-db", "-f", file]);
  return { part, tell: (command) => tell(socket, command) };
}

function configuration(socket: string, { nodes, primary, standby, port, databasePort }: Behind): string {
  return `global
  stats socket ${socket} mode 600 level admin
  maxconn 8000
defaults
  timeout connect 2s
  timeout client 90s
  timeout server 90s
  timeout tunnel 1h
  timeout check 1s
frontend people
  mode http
  bind 127.0.0.1:${port}
  default_backend nodes
backend nodes
  mode http
  balance leastconn
  option forwardfor
  option httpchk
  http-check send meth GET uri /ready ver HTTP/1.1 hdr Host 127.0.0.1
  http-check expect status 200
  option redispatch 1
  retries 3
  retry-on conn-failure
  default-server inter 500ms fall 2 rise 1
${nodes.map((node, index) => `  server n${index + 1} 127.0.0.1:${node} check`).join("\n")}
frontend database
  mode tcp
  bind 127.0.0.1:${databasePort}
  timeout client 1h
  default_backend postgres
backend postgres
  mode tcp
  timeout server 1h
  server primary 127.0.0.1:${primary}
  server standby 127.0.0.1:${standby} disabled
`;
}

function tell(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(path);
    socket.on("connect", () => socket.write(`${command}\n`));
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.on("error", reject).on("end", () => resolve(text));
  });
}
