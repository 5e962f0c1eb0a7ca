import type { CompiledQuery, DeleteResult, InsertResult, UpdateResult } from "kysely";
import { ListParameter } from "./in-list.ts";
import type { Session, Sql } from "./session.ts";
import { sessionOf } from "./kysely-session.ts";

interface Built<O> {
  compile(db: Sql): CompiledQuery<O>;
}

type Returned<O> = O extends InsertResult | UpdateResult | DeleteResult ? never : O;
type Arguments<P> = keyof P extends never ? [] : [parameters: P];

/** Stands for a parameter's value while the query is built. */
class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const slots = new Proxy(
  {},
  {
    get: (_, name) => new Slot(String(name)),
    ownKeys: () => {
      throw new Error("name each parameter of a prepared query: values({ id: p.id }), not values(p)");
    },
  },
);

interface Plan {
  readonly text: string;
  bind(parameters: object): unknown[];
}

/** A query built once per engine and executed many times; made by `prepared`. */
export class Prepared<P extends object, O> {
  readonly #build: (db: Sql, parameters: P) => Built<O>;
  readonly #plans = new Map<Session["engine"], Plan>();

  constructor(build: (db: Sql, parameters: P) => Built<O>) {
    this.#build = build;
  }

  /** The first row, if there is one. */
  async first(sql: Sql, ...[parameters]: Arguments<P>): Promise<Returned<O> | undefined> {
    const session = sessionOf(sql);
    const plan = this.#plan(session, sql);
    // The driver's rows are untyped: the builder's output type describes them (also in `all`).
    return (await session.first(plan.text, plan.bind(parameters ?? {}))) as Returned<O> | undefined;
  }

  async all(sql: Sql, ...[parameters]: Arguments<P>): Promise<Returned<O>[]> {
    const session = sessionOf(sql);
    const plan = this.#plan(session, sql);
    return (await session.all(plan.text, plan.bind(parameters ?? {}))) as Returned<O>[];
  }

  async run(sql: Sql, ...[parameters]: Arguments<P>): Promise<{ changes: number }> {
    const session = sessionOf(sql);
    const plan = this.#plan(session, sql);
    return { changes: await session.run(plan.text, plan.bind(parameters ?? {})) };
  }

  #plan(session: Session, sql: Sql): Plan {
    return this.#plans.get(session.engine) ?? this.#compile(session, sql);
  }

  #compile(session: Session, sql: Sql): Plan {
    // The proxy answers every name with a slot; the builder only passes them on as values.
    const { sql: text, parameters } = this.#build(sql, slots as P).compile(sql);
    const binders = parameters.map(binderOf);
    const plan = { text, bind: (values: object) => binders.map((binder) => binder(values)) };
    this.#plans.set(session.engine, plan);
    return plan;
  }
}

function binderOf(parameter: unknown): (values: object) => unknown {
  if (parameter instanceof Slot) return (values) => valueOf(values, parameter.name);
  if (parameter instanceof ListParameter && parameter.values instanceof Slot) {
    const { name } = parameter.values;
    return (values) => new ListParameter(valueOf(values, name));
  }
  return () => parameter;
}

function valueOf(values: object, name: string): unknown {
  const value: unknown = Reflect.get(values, name);
  if (value === undefined) throw new TypeError(`the parameter ${name} is missing`);
  return value;
}

/**
 * Builds a query once for many executions. Both types are inferred from the builder:
 *
 *     const findSession = prepared((db, p: { hash: Uint8Array }) =>
 *       db.selectFrom("session").selectAll().where("token_hash", "=", p.hash));
 *     const session = await findSession.first(tx.sql, { hash });
 */
export function prepared<P extends object, O>(build: (db: Sql, parameters: P) => Built<O>): Prepared<P, O> {
  return new Prepared(build);
}
