import {
  type CompiledQuery,
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Dialect,
  DummyDriver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  Transaction,
} from "kysely";
import { ListParameter } from "./in-list.ts";
import type { Schema } from "./schema.ts";
import type { Outcome, Session, Sql } from "./session.ts";

class Compiler extends SqliteQueryCompiler {
  // A bare `?` in a join, an EXISTS or a LIMIT makes SQLite plan the statement again whenever it is bound, which costs
  // more than running it (seen in 3.54: 6 µs against 0.5 µs). The sign changes neither the value nor the plan.
  protected override getCurrentParameterPlaceholder(): string {
    return "+?";
  }

  protected override appendValue(parameter: unknown): void {
    if (!(parameter instanceof ListParameter)) return super.appendValue(parameter);
    this.append("(select value from json_each(");
    super.appendValue(parameter);
    this.append("))");
  }
}

const adapter = new SqliteAdapter();
const compiler = new Compiler();

const dialect: Dialect = {
  createAdapter: () => adapter,
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  createQueryCompiler: () => compiler,
};
const shared = { config: { dialect }, dialect, driver: new DummyDriver() };

/** Takes queries straight to a session, without Kysely's pool: a session is one connection already. */
class SessionExecutor extends DefaultQueryExecutor {
  readonly session: Session;

  constructor(session: Session) {
    super(compiler, adapter, { provideConnection: (consumer) => consumer(new SessionConnection(session)) });
    this.session = session;
  }

  override async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return asResult<R>(await this.session.execute(query.sql, query.parameters));
  }
}

/** The way of Kysely's streams and plugins. A stream is read at once: a cursor left open would outlive its unit. */
class SessionConnection implements DatabaseConnection {
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return asResult<R>(await this.session.execute(query.sql, query.parameters));
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }
}

function asResult<R>({ rows, changes }: Outcome): QueryResult<R> {
  // The driver's rows are untyped: R is what the query builder knows about them.
  return { rows: rows as R[], numAffectedRows: BigInt(changes) };
}

/** A Kysely over a session. It is a Transaction so that nobody begins another one on the same connection. */
export function sqlOf(session: Session): Sql {
  return new Transaction<Schema>({ ...shared, executor: new SessionExecutor(session) });
}

export function sessionOf(sql: Sql): Session {
  const executor = sql.getExecutor();
  if (executor instanceof SessionExecutor) return executor.session;
  throw new Error("prepared queries run on the Sql of a Tx or of Database.read, without plugins");
}
