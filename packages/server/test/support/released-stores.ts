import { readdirSync, readFileSync } from "node:fs";
import { loadStore } from "./dump-store.ts";

const fixtures = new URL("../fixtures/", import.meta.url);

/** A store of every version that was ever released, with a row in each of its tables; named for its last migration. */
export const releasedVersions: readonly string[] = readdirSync(fixtures)
  .filter((name) => name.endsWith(".sql"))
  .map((name) => name.slice(0, -".sql".length))
  .toSorted();

export function loadReleased(version: string, path: string): void {
  loadStore(path, readFileSync(new URL(`${version}.sql`, fixtures), "utf8"));
}
