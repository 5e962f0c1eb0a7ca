import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../test/support/free-port.ts";

/** What an image says of how it is run. https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface ImageConfig {
  User: string;
  Env: string[];
  Entrypoint: string[];
  Cmd: string[];
  WorkingDir: string;
  Volumes: Record<string, object>;
  ExposedPorts: Record<string, object>;
  Labels: Record<string, string>;
  StopSignal: string;
  Healthcheck: { Test: string[]; Interval: number };
}

export interface Container extends AsyncDisposable {
  readonly url: string;
  readonly exited: Promise<number>;
  /** From the start to the line that says that it is ready, milliseconds. */
  readonly startMs: number;
  output(): string;
  /** A signal for the first process in it, as `docker stop` sends it. */
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Another command in it, as `docker exec` runs one. */
  exec(command: string[]): Promise<{ code: number; output: string }>;
}

/**
 * Runs an image as an engine does: its command as its user, process 1 of its own process namespace, on a root file system
 * that nobody can write to, with `/tmp` in memory and `/data` from outside. Linux's own tools do it (unshare, chroot).
 */
export class Image {
  readonly #root: string;
  readonly config: ImageConfig;

  constructor(root: string, config: ImageConfig) {
    this.#root = root;
    this.config = config;
  }

  async start(data: string, env: Record<string, string> = {}): Promise<Container> {
    const port = await freePort();
    const settings = { JARVIS_PORT: `${port}`, JARVIS_HOST: "127.0.0.1", ...env };
    const beganMs = performance.now();
    const child = Bun.spawn(this.#command(data, settings, [...this.config.Entrypoint, ...this.config.Cmd]), {
      env: {},
      stdout: "pipe",
      stderr: "pipe",
    });
    let output = "";
    const ready = Promise.withResolvers<number>();
    for (const stream of [child.stdout, child.stderr])
      void (async () => {
        for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
          output += piece;
          if (/Jarvis is ready at/.test(output)) ready.resolve(performance.now() - beganMs);
        }
      })();
    const startMs = await Promise.race([
      ready.promise,
      child.exited.then((code) => {
        throw new Error(`the container ended with ${code}:\n${output}`);
      }),
    ]);
    return {
      url: `http://127.0.0.1:${port}`,
      exited: child.exited,
      startMs,
      output: () => output,
      kill: async (signal) => void process.kill(await firstProcessOf(child.pid), signal),
      exec: (command) => this.#exec(data, settings, command),
      [Symbol.asyncDispose]: async () => {
        child.kill("SIGKILL"); // and with it, by --kill-child, all that runs in there
        await child.exited;
      },
    };
  }

  /** A command of the image's alone, such as `jarvis version`. */
  async #exec(data: string, env: Record<string, string>, command: string[]) {
    const child = Bun.spawn(this.#command(data, env, command), { env: {}, stdout: "pipe", stderr: "pipe" });
    const [out, err] = [new Response(child.stdout).text(), new Response(child.stderr).text()];
    return { code: await child.exited, output: (await out) + (await err) };
  }

  #command(data: string, env: Record<string, string>, command: string[]): string[] {
    const variables = [...this.config.Env, ...Object.entries(env).map(([key, value]) => `${key}=${value}`)];
    mkdirSync(join(this.#root, "data"), { recursive: true });
    const inside = [
      "chroot",
      `--userspec=${this.config.User}`,
      this.#root,
      "/usr/bin/env",
      "-i",
      `--chdir=${this.config.WorkingDir}`,
    ];
    return [
      "unshare",
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "sh",
      "-euc",
      prepare,
      "sh",
      this.#root,
      data,
      ...inside,
      ...variables,
      ...command,
    ];
  }
}

/** Root, then data, then what is to run: it takes the shell's place, so that it is process 1. */
const prepare = `
root=$1 data=$2
shift 2
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
exec "$@"
`;

/** unshare stays outside; its only child is process 1 inside. */
async function firstProcessOf(pid: number): Promise<number> {
  const children = (await Bun.file(`/proc/${pid}/task/${pid}/children`).text()).trim().split(" ");
  const [first] = children;
  if (first === undefined || first === "") throw new Error("there is no process in the container");
  return Number(first);
}
