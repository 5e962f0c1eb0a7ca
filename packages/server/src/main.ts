import { loadConfig } from "./config.ts";
import { systemClock } from "./lib/clock.ts";
import { createLog, type Log } from "./lib/log.ts";
import { type RunningServer, startServer } from "./server.ts";

/** A stop that takes longer, beyond its grace, is cut: whoever stops servers kills them soon after. */
const stopMs = 10_000;

/** Serves until a signal or a fatal error; gives the exit code. */
export async function serve(env: Record<string, string | undefined>): Promise<number> {
  const config = loadConfig(env);
  const log = createLog(config.logLevel);
  const stopping = untilStopped(log);
  const server = await startServer(config, { overrides: { log } });
  log.info({ port: Number(new URL(server.url).port), host: config.host }, "listening");
  process.stderr.write(readyLine(server.url));
  const code = await stopping;
  log.info({ code }, "stopping");
  // Nobody waits for a server that has failed.
  const graceMs = code === 0 ? config.drainSeconds * 1_000 : 0;
  return (await stopInTime(server, graceMs)) ? code : 1;
}

function readyLine(listening: string): string {
  const url = new URL(listening);
  if (/^(?:0\.0\.0\.0|\[::\])$/.test(url.hostname)) url.hostname = "localhost";
  return `Jarvis is ready at ${url.origin} (documentation: ${url.origin}/docs)\n`;
}

/** Resolves with the exit code: 0 at the first signal, 1 at an error that nothing caught. A second one ends at once. */
function untilStopped(log: Log): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    function stop(code: number, atOnce: number) {
      if (stopping) process.exit(atOnce);
      stopping = true;
      resolve(code);
    }
    function fatal(error: unknown) {
      log.error({ error }, "fatal: the server stops");
      stop(1, 1);
    }
    for (const [signal, number] of [
      ["SIGTERM", 15],
      ["SIGINT", 2],
      ["SIGHUP", 1],
    ] as const) {
      process.on(signal, () => stop(0, 128 + number));
    }
    process.on("uncaughtException", fatal);
    process.on("unhandledRejection", fatal);
  });
}

function stopInTime(server: RunningServer, graceMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const deadline = systemClock.schedule(1.5 * graceMs + stopMs, () => resolve(false));
    server
      .stop(graceMs)
      .then(() => resolve(true), reject)
      .finally(() => deadline.cancel());
  });
}
