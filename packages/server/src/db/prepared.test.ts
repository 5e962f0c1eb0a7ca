import { describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { inList } from "./in-list.ts";
import { prepared } from "./prepared.ts";
import { createTrial, insertCounter, rejection, tables } from "./temporary-database.ts";

const insert = prepared((db, p: { name: string; value: number }) =>
  tables(db).insertInto("counter").values({ name: p.name, value: p.value }),
);
const find = prepared((db, p: { name: string }) =>
  tables(db).selectFrom("counter").selectAll().where("name", "=", p.name),
);
const list = prepared((db) => tables(db).selectFrom("counter").select("name").orderBy("name"));
const listNamed = prepared((db, p: { names: readonly string[] }) =>
  tables(db)
    .selectFrom("counter")
    .select("name")
    .where((eb) => inList(eb.ref("name"), p.names))
    .orderBy("name"),
);

describe("a prepared query", () => {
  test("runs in a unit and on the reader, with its parameters each time", async () => {
    await using trial = await createTrial();
    const changes = await trial.db.write(async (tx) => [
      await insert.run(tx.sql, { name: "b", value: 2 }),
      await insert.run(tx.sql, { name: "a", value: 1 }),
    ]);
    expect(changes).toEqual([{ changes: 1 }, { changes: 1 }]);
    const found: { name: string; value: number } | undefined = await find.first(trial.db.read, { name: "b" });
    expect(found).toEqual({ name: "b", value: 2 });
    expect(await find.first(trial.db.read, { name: "nobody" })).toBeUndefined();
    expect(await list.all(trial.db.read)).toEqual([{ name: "a" }, { name: "b" }]);
  });

  test("is built once", async () => {
    await using trial = await createTrial();
    let built = 0;
    const counted = prepared((db, p: { name: string }) => {
      built += 1;
      return tables(db).selectFrom("counter").select("value").where("name", "=", p.name);
    });
    for (const name of ["a", "b"]) await counted.first(trial.db.read, { name });
    await trial.db.write((tx) => counted.first(tx.sql, { name: "c" }));
    expect(built).toBe(1);
  });

  test("keeps constants apart from parameters, and takes one of these twice", async () => {
    await using trial = await createTrial();
    await trial.db.write((tx) => insertCounter(tx.sql, "a", 5));
    const between = prepared((db, p: { by: number }) =>
      tables(db)
        .selectFrom("counter")
        .select((eb) => [eb("value", "+", p.by).as("sum"), eb("value", "-", p.by).as("difference")])
        .where("value", "=", 5),
    );
    expect(await between.first(trial.db.read, { by: 2 })).toEqual({ sum: 7, difference: 3 });
  });

  test("takes text, numbers, truth values, bytes and NULL, and refuses what would turn into NULL", async () => {
    await using trial = await createTrial();
    const echo = prepared(
      (_db, p: { value: unknown }) => sql<{ v: unknown; t: string }>`
      select ${p.value} as v, typeof(${p.value}) as t`,
    );
    const cases: [unknown, unknown, string][] = [
      ["é\u0000😀", "é\u0000😀", "text"],
      [1_764_000_000_000, 1_764_000_000_000, "integer"],
      [-0.5, -0.5, "real"],
      [true, 1, "integer"],
      [new Uint8Array([0, 255]), new Uint8Array([0, 255]), "blob"],
      [new Uint8Array(0), new Uint8Array(0), "blob"],
      [null, null, "null"],
    ];
    for (const [value, v, t] of cases) expect(await echo.first(trial.db.read, { value })).toEqual({ v, t });
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, new Date(0), ["a"], {}]) {
      expect(await rejection(echo.first(trial.db.read, { value }))).toBeInstanceOf(TypeError);
    }
  });

  test("refuses undefined in a query that is not prepared, too", async () => {
    await using trial = await createTrial();
    const query = sql`select ${undefined} as v`.execute(trial.db.read);
    expect(await rejection(query)).toBeInstanceOf(TypeError);
  });

  test("refuses to spread its parameters, which have no names yet", async () => {
    await using trial = await createTrial();
    const spread = prepared((db, p: { name: string; value: number }) =>
      tables(db)
        .insertInto("counter")
        .values({ ...p }),
    );
    const unit = trial.db.write((tx) => spread.run(tx.sql, { name: "a", value: 1 }));
    expect(String(await rejection(unit))).toContain("name each parameter");
  });

  test("sees a column that came after its first use", async () => {
    await using trial = await createTrial();
    await trial.db.write((tx) => insert.run(tx.sql, { name: "a", value: 1 }));
    await find.first(trial.db.read, { name: "a" });
    await trial.db.write((tx) => sql`alter table counter add column extra text default 'x'`.execute(tx.sql));
    const row: object | undefined = await find.first(trial.db.read, { name: "a" });
    expect(row).toEqual({ name: "a", value: 1, extra: "x" });
  });
});

describe("a list", () => {
  test("of any length is one parameter", async () => {
    await using trial = await createTrial();
    await trial.db.write(async (tx) => {
      for (const name of ["a", "b", 'quote"d', "ü"]) await insertCounter(tx.sql, name);
    });
    const names = async (wanted: string[]) =>
      (await listNamed.all(trial.db.read, { names: wanted })).map(({ name }) => name);
    expect(await names([])).toEqual([]);
    expect(await names(["b", "missing", 'quote"d', "ü", "b"])).toEqual(["b", 'quote"d', "ü"]);
    expect(await names(Array.from({ length: 50_000 }, (_, i) => `n${i}`))).toEqual([]);
  });

  test("works unprepared, by name and with numbers", async () => {
    await using trial = await createTrial();
    await trial.db.write((tx) => insertCounter(tx.sql, "a", 7));
    const query = tables(trial.db.read)
      .selectFrom("counter")
      .select("name")
      .where(inList("counter.value", [7, 8]));
    expect(await query.execute()).toEqual([{ name: "a" }]);
    expect(query.compile().sql).toContain("json_each(+?)");
  });

  test("uses the column's index", async () => {
    await using trial = await createTrial();
    const plan = sql<{ detail: string }>`explain query plan
      select * from counter where ${inList("name", ["a"])}`;
    const { rows } = await plan.execute(trial.db.read);
    expect(rows.map(({ detail }) => detail).join("\n")).toContain("SEARCH counter USING");
  });
});

test("more texts than the cache holds are prepared anew", async () => {
  await using trial = await createTrial();
  for (let i = 0; i < 1_200; i++) {
    const { rows } = await sql<{ v: number }>`select ${sql.lit(i)} as v`.execute(trial.db.read);
    expect(rows).toEqual([{ v: i }]);
  }
});
