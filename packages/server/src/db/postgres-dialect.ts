import { type Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { ListParameter, membership } from "./in-list.ts";

class Compiler extends PostgresQueryCompiler {
  // PostgreSQL takes the array's type from what it is compared with.
  protected override appendValue(parameter: unknown): void {
    if (parameter === membership) return this.append("=");
    if (!(parameter instanceof ListParameter)) return super.appendValue(parameter);
    this.append("any(");
    super.appendValue(parameter);
    this.append(")");
  }
}

export const postgresDialect = {
  adapter: new PostgresAdapter(),
  compiler: new Compiler(),
  introspector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
};
