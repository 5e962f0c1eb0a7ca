import { expect, test } from "bun:test";
import { preparedRows } from "./prepared-rows.ts";
import { createTrial, rejection, tables } from "./temporary-database.ts";

const insert = preparedRows<{ name: string; value: number }>({ name: "text", value: "bigint" }, (db, rows) =>
  tables(db)
    .with("r(name, value)", () => rows)
    .insertInto("counter")
    .columns(["name", "value"])
    .expression((eb) =>
      eb
        .selectFrom("r")
        .select(["r.name", "r.value"])
        .where((of) => of.val(true)),
    )
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet((eb) => ({ value: eb.ref("excluded.value") })),
    ),
);

test("any number of rows is written, each once, with its own values", async () => {
  await using trial = await createTrial();
  for (const count of [0, 1, 7, 8, 9, 63, 64, 65, 200]) {
    const rows = Array.from({ length: count }, (_, n) => ({
      name: `${count}-${n}`,
      value: n * 1_000_000_007,
    }));
    const { changes } = await trial.db.write((tx) => insert.run(tx.sql, rows));
    expect(changes).toBe(count);
    const found = await tables(trial.db.read)
      .selectFrom("counter")
      .selectAll()
      .where("name", "like", `${count}-%`)
      .orderBy("value")
      .execute();
    expect(found).toEqual(rows);
  }
});

test("a row that lacks a value is refused, and so are all that came with it", async () => {
  await using trial = await createTrial();
  const rows = [{ name: "a", value: 1 }, { name: "b" } as { name: string; value: number }];
  const refusal = await rejection(trial.db.write((tx) => insert.run(tx.sql, rows)));
  expect(String(refusal)).toContain("value0 is missing");
  expect(await tables(trial.db.read).selectFrom("counter").selectAll().execute()).toEqual([]);
});
