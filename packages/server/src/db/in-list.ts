import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";

/** A list bound as ONE parameter; each dialect's compiler and driver know how. */
export class ListParameter {
  readonly values: unknown;

  constructor(values: unknown) {
    this.values = values;
  }
}

/** Stands for the word between a value and a list: `in` or `=`, as each dialect's compiler has it. */
export const membership = Symbol("membership");

/** `column in (values)` with one compiled text for any length, so that it can be prepared and stays cached. */
export function inList<T extends string | number>(
  column: string | Expression<T>,
  values: readonly T[],
): RawBuilder<SqlBool> {
  const left = typeof column === "string" ? sql.ref(column) : column;
  return sql<SqlBool>`${left} ${sql.val(membership)} ${sql.val(new ListParameter(values))}`;
}
