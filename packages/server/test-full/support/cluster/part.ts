import { openSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { until } from "../../../test/support/nodes/until.ts";

/** A program of the cluster: it is ended by its id, and by nothing else. */
export interface Part {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly exited: Promise<number>;
  isOver(): boolean;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program that listens on a port of loopback; what it says goes into a file of the cluster's folder. */
export async function startPart(
  folder: string,
  name: string,
  port: number,
  command: readonly string[],
): Promise<Part> {
  const log = join(folder, `${name}.log`);
  const out = openSync(log, "a");
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: out, stderr: out });
  const part: Part = {
    name,
    pid: child.pid,
    port,
    exited: child.exited,
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    kill: (signal) => child.kill(signal),
  };
  await until(async () => part.isOver() || (await listens(port)));
  if (part.isOver()) throw new Error(`${name} ended: ${await Bun.file(log).text()}`);
  return part;
}

/** Stops it in order, and for good after ten seconds. */
export async function endPart(part: Part, signal: NodeJS.Signals): Promise<void> {
  part.kill("SIGCONT");
  part.kill(signal);
  const late = setTimeout(() => part.kill("SIGKILL"), 10_000);
  await part.exited;
  clearTimeout(late);
}

export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false)); // not yet
  });
}
