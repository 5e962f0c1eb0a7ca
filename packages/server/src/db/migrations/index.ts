import type { Kysely } from "kysely";
import { up as initial } from "./0001-initial.ts";
import { up as lifecycle } from "./0003-lifecycle.ts";

/** A step from one version of the store to the next; what has been released is never edited. */
export interface Migration {
  readonly name: string;
  readonly up: (db: Kysely<unknown>) => Promise<void>;
}

export const migrations: readonly Migration[] = [
  { name: "0001-initial", up: initial },
  { name: "0003-lifecycle", up: lifecycle },
];
