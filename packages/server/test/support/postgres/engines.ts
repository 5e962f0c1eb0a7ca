import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWorld, type World, type WorldOptions } from "../world.ts";
import { createPostgres, dropPostgres } from "./databases.ts";

export type EngineName = "sqlite" | "postgres";

/** Hands a world whose store is this engine's to a trial, whatever engine the other tests are run on. */
export async function inWorldOf<T>(
  engine: EngineName,
  trial: (world: World) => Promise<T>,
  options: WorldOptions = {},
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-test-"));
  const database = engine === "postgres" ? await createPostgres() : null;
  const env = {
    ...options.env,
    JARVIS_DATABASE_URL: database?.url ?? `sqlite:${directory}/jarvis.db`,
    JARVIS_PHOTOS: `${directory}/photos`,
  };
  try {
    await using world = await createWorld({ ...options, env, directory });
    return await trial(world);
  } finally {
    if (database) await dropPostgres(database);
  }
}
