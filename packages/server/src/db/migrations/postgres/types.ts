/** Ordered and compared by bytes, as SQLite does, whatever the collation of the database. */
export const text = 'text collate "C"';

/** What grows with use is spread over so many: each is vacuumed by itself, and may lie on another server. */
const parts = 16;

export function partitionsOf(table: string): string[] {
  return Array.from(
    { length: parts },
    (_, part) =>
      `create table ${table}_${part} partition of ${table} for values with (modulus ${parts}, remainder ${part})`,
  );
}
