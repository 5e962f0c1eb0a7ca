import { describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { migrate } from "./migrate.ts";
import { type Migration, migrations } from "./migrations/index.ts";
import { rejection, TemporaryDatabase } from "./temporary-database.ts";
import { trialMigrations } from "./trial-migrations.ts";

async function createEmpty(): Promise<TemporaryDatabase> {
  const trial = new TemporaryDatabase({});
  await trial.open();
  return trial;
}

async function tableNames(trial: TemporaryDatabase): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_schema where type = 'table' order by name`.execute(trial.db.read);
  return rows.map(({ name }) => name);
}

describe("migrating", () => {
  test("applies what is missing, in order, once", async () => {
    await using trial = await createEmpty();
    const [first, ...others] = trialMigrations();
    if (!first) throw new Error("there are no trial migrations");
    expect(await migrate(trial.db, [first])).toEqual({ applied: ["0001-one"] });
    expect(await migrate(trial.db, [first, ...others])).toEqual({ applied: ["0002-two", "0003-three"] });
    expect(await migrate(trial.db, [first, ...others])).toEqual({ applied: [] });
  });

  test("brings a new database to this program's version", async () => {
    await using trial = await createEmpty();
    expect((await migrate(trial.db)).applied).toEqual(migrations.map(({ name }) => name));
    await trial.reopen();
    expect(await migrate(trial.db)).toEqual({ applied: [] });
  });

  test("two at a time apply each migration once", async () => {
    await using trial = await createEmpty();
    const both = await Promise.all([1, 2].map(() => migrate(trial.db, trialMigrations())));
    expect(both.flatMap(({ applied }) => applied).toSorted()).toEqual(["0001-one", "0002-two", "0003-three"]);
  });

  test("refuses a database of a newer program and leaves it as it is", async () => {
    await using trial = await createEmpty();
    await migrate(trial.db, trialMigrations());
    const older = trialMigrations().slice(0, 2);
    expect(String(await rejection(migrate(trial.db, older)))).toContain("0003-three");
    const renamed: Migration[] = [{ name: "0001-other", up: () => Promise.resolve() }];
    expect(String(await rejection(migrate(trial.db, renamed)))).toContain("0001-one");
  });

  test("leaves nothing of a migration that fails", async () => {
    await using trial = await createEmpty();
    const failing: Migration = {
      name: "0002-two",
      up: async (db) => {
        await sql`create table half (id integer)`.execute(db);
        await sql`insert into nowhere values (1)`.execute(db);
      },
    };
    const known = [...trialMigrations().slice(0, 1), failing];
    expect(String(await rejection(migrate(trial.db, known)))).toContain("nowhere");
    expect(await tableNames(trial)).toEqual(["migration", "one"]);
    expect((await migrate(trial.db, trialMigrations())).applied).toEqual(["0002-two", "0003-three"]);
  });
});

test("case 102: kill -9 at any point leaves a version, never something between", async () => {
  const source = `
    import { openDatabase } from ${JSON.stringify(new URL("database.ts", import.meta.url).pathname)};
    import { migrate } from ${JSON.stringify(new URL("migrate.ts", import.meta.url).pathname)};
    import { trialMigrations } from ${JSON.stringify(new URL("trial-migrations.ts", import.meta.url).pathname)};
    const [path, diesAt] = process.argv.slice(-2);
    const db = await openDatabase("sqlite:" + path, { log: console });
    await migrate(db, trialMigrations((point) => {
      if (point === Number(diesAt)) process.kill(process.pid, "SIGKILL");
    }));`;
  for (let point = 0; point < 9; point++) {
    await using trial = new TemporaryDatabase({});
    const run = Bun.spawn([process.execPath, "-e", source, trial.path, String(point)]);
    await run.exited;
    expect(run.signalCode).toBe("SIGKILL");
    await trial.open();
    const whole = Math.floor(point / 3);
    const tablesOf = [[], ["migration", "one"], ["migration", "one", "two"]];
    expect(await tableNames(trial)).toEqual(tablesOf[whole] ?? []);
    expect((await migrate(trial.db, trialMigrations())).applied).toHaveLength(3 - whole);
    const { rows } = await sql`select (select count(*) from one) + (select count(*) from two)
      + (select count(*) from three) as total`.execute(trial.db.read);
    expect(rows).toEqual([{ total: 6 }]);
  }
});
