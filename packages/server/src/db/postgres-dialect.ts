import {
  type Kysely,
  type OperatorNode,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from "kysely";
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

  // By SQLite, LIKE takes A and a for the same, and so ILIKE does by the collation "C": no other letters.
  protected override visitOperator(node: OperatorNode): void {
    if (node.operator === "like") this.append("ilike");
    else super.visitOperator(node);
  }
}

export const postgresDialect = {
  adapter: new PostgresAdapter(),
  compiler: new Compiler(),
  introspector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
};
