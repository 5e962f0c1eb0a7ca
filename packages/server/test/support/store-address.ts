import { createPostgres, dropPostgres, type TestDatabase } from "./postgres/databases.ts";

/** Whether worlds have their store in PostgreSQL (`JARVIS_TEST_DATABASE=postgres`), and not in a file. */
export const onPostgres = process.env["JARVIS_TEST_DATABASE"] === "postgres";

/**
 * For `test.skipIf`: what the test is about is SQLite's file by nature, as its bytes or its log are, and so it is run with
 * SQLite alone.
 */
export const aboutFiles = onPostgres;

/** By the directory that a world has for the rest of its data. */
const databases = new Map<string, TestDatabase>();

/** Makes what the world in this directory needs to be opened; what is there already stays. */
export async function prepareStore(directory: string): Promise<void> {
  if (onPostgres && !databases.has(directory)) databases.set(directory, await createPostgres());
}

export async function dropStore(directory: string): Promise<void> {
  const database = databases.get(directory);
  databases.delete(directory);
  if (database) await dropPostgres(database);
}

/** The settings that say where the world in this directory has its data. */
export function storeSettings(directory: string): Record<string, string> {
  if (!onPostgres) return { JARVIS_DATABASE_URL: `sqlite:${directory}/jarvis.db` };
  const database = databases.get(directory);
  if (!database) throw new Error(`no store has been prepared for ${directory}`);
  return { JARVIS_DATABASE_URL: database.url, JARVIS_PHOTOS: `${directory}/photos` };
}
