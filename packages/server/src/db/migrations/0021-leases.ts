import { type Kysely, sql } from "kysely";

const columns = "name text primary key, holder text not null, until_ms integer not null";

/** Which server does what is to be done once, and until when nobody else may. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`create table lease (${columns}) without rowid`).execute(db);
}

export async function postgres(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table lease (
        name text collate "C" primary key, holder text collate "C" not null, until_ms bigint not null
      )`,
    )
    .execute(db);
}
