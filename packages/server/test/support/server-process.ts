import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dropStore, prepareStore, storeSettings } from "./store-address.ts";

const cli = new URL("../../src/cli.ts", import.meta.url).pathname;

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** Exit code, once it has ended. */
  readonly exited: Promise<number>;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves once it has written this to standard error. */
  said(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryDirectory(parent = tmpdir()): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(parent, "jarvis-test-"));
  await prepareStore(path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await dropStore(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Settings of a server process of its own: any port, its data in `directory`. */
export function processEnv(directory: string, env: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    JARVIS_PORT: "0",
    JARVIS_HOST: "127.0.0.1",
    ...storeSettings(directory),
    ...env,
  };
}

/** `jarvis serve` as operators run it. Resolves once it says that it is ready. */
export async function startProcess(
  env: Record<string, string>,
  bunOptions: string[] = [],
  /** A program that runs it, such as strace or unshare; the process is then that program's. */
  wrapper: string[] = [],
): Promise<ServerProcess> {
  const child = spawn(["serve"], env, bunOptions, wrapper);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const url = await Promise.race([stderr.matched(/Jarvis is ready at (\S+)/), child.exited.then(() => null)]);
  if (url === null) throw new Error(`the server ended with ${child.exitCode}: ${stderr.text()}`);
  return {
    pid: child.pid,
    url,
    exited: child.exited,
    stdout: stdout.text,
    stderr: stderr.text,
    said: stderr.matched,
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Runs a command to its end. */
export async function runJarvis(args: string[], env: Record<string, string>): Promise<Ended> {
  const child = spawn(args, env);
  const [code, stdout, stderr] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}

export function spawn(
  args: string[],
  env: Record<string, string>,
  bunOptions: string[] = [],
  wrapper: string[] = [],
) {
  const command = [...wrapper, process.execPath, "--no-install", ...bunOptions, cli, ...args];
  return Bun.spawn(command, { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

function collect(stream: ReadableStream<Uint8Array>) {
  let text = "";
  const decoder = new TextDecoder();
  const waiting = new Set<() => void>();
  void (async () => {
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      for (const check of waiting) check();
    }
  })();
  return {
    text: () => text,
    matched: (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        function check() {
          const found = pattern.exec(text)?.[1];
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        }
        waiting.add(check);
        check();
      }),
  };
}
