import { pino } from "pino";

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** What may wait for whoever takes the lines: someone who stops doing so must not fill the server's memory. */
const waitingBytes = 4 * 1024 * 1024;

/**
 * JSON lines on standard output. Callers pass ids, codes and counts only: never a token, an e-mail, a text or a coordinate.
 * An error is written as its name, message and stack.
 */
export function createLog(level: LogLevel): Log {
  const output = pino.destination({ fd: 1, sync: false, maxLength: waitingBytes });
  const log = pino({ level, base: null, serializers: { error: pino.stdSerializers.err } }, output);
  let lost = 0;
  output.on("drop", () => lost++);
  output.on("drain", () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    log.error({ lines }, "lines of this log were lost, because nobody took them");
  });
  return log;
}
