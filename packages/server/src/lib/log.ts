import { pino } from "pino";

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/**
 * JSON lines on standard output. Callers pass ids, codes and counts only: never a token, an e-mail, a text or a coordinate.
 * An error is written as its name, message and stack.
 */
export function createLog(level: LogLevel): Log {
  return pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err } },
    pino.destination({ fd: 1, sync: false }),
  );
}
