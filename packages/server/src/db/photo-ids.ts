import { Database as SqliteFile } from "bun:sqlite";
import type { PhotoId } from "@jarvis/contract";

/** The photos that a copy of the database knows, of whatever version it is. */
export function photoIdsIn(path: string): PhotoId[] {
  using file = new SqliteFile(path, { readonly: true });
  const tables = file.query("select 1 from sqlite_schema where name = 'photo'").all();
  if (tables.length === 0) return [];
  return file
    .query<{ id: PhotoId }, []>("select id from photo")
    .all()
    .map(({ id }) => id);
}
