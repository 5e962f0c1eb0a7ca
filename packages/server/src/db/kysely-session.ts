import {
  type CompiledQuery,
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Dialect,
  DummyDriver,
  type QueryResult,
  Transaction,
} from "kysely";
import { postgresDialect } from "./postgres-dialect.ts";
import type { Schema } from "./schema.ts";
import type { Engine, Outcome, Session, Sql } from "./session.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";

const driver = new DummyDriver();
const dialects = { sqlite: sqliteDialect, postgres: postgresDialect };
const shared = { sqlite: sharedBy("sqlite"), postgres: sharedBy("postgres") };

function sharedBy(engine: Engine) {
  const { adapter, compiler, introspector } = dialects[engine];
  const dialect: Dialect = {
    createAdapter: () => adapter,
    createDriver: () => driver,
    createIntrospector: introspector,
    createQueryCompiler: () => compiler,
  };
  return { config: { dialect }, dialect, driver };
}

/** Takes queries straight to a session, without Kysely's pool: a session is one connection already. */
class SessionExecutor extends DefaultQueryExecutor {
  readonly session: Session;

  constructor(session: Session) {
    const { adapter, compiler } = dialects[session.engine];
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
  return new Transaction<Schema>({ ...shared[session.engine], executor: new SessionExecutor(session) });
}

export function sessionOf(sql: Sql): Session {
  const executor = sql.getExecutor();
  if (executor instanceof SessionExecutor) return executor.session;
  throw new Error("prepared queries run on the Sql of a Tx or of Database.read, without plugins");
}
