import { loadConfig } from "../packages/server/src/config.ts";
import { createContext } from "../packages/server/src/context.ts";
import { type Seeded, seedUser } from "../packages/server/test/support/seed.ts";

/** Makes people with sessions in a store that no server has open. */
export async function seed(databaseUrl: string, count: number): Promise<Seeded[]> {
  const ctx = await createContext(
    loadConfig({ JARVIS_DATABASE_URL: databaseUrl, JARVIS_LOG_LEVEL: "error" }),
  );
  const users = await Promise.all(Array.from({ length: count }, () => seedUser(ctx, "Bench")));
  await ctx.db.close();
  return users;
}
