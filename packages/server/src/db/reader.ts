import type { Session } from "./session.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

/** The read-only connection as a session: each statement sees the newest commit. */
export function readerSession(connection: SqliteConnection): Session {
  return {
    engine: "sqlite",
    all: (text, parameters) => connection.all(text, parameters),
    first: (text, parameters) => connection.first(text, parameters),
    run: (text, parameters) => connection.run(text, parameters),
    execute: (text, parameters) => connection.execute(text, parameters),
  };
}
