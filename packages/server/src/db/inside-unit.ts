import { AsyncLocalStorage } from "node:async_hooks";

export interface Live {
  readonly live: boolean;
}

const current = new AsyncLocalStorage<Live>();

/** Waiting for a second unit inside the first could never end: they may wait for each other. */
export function isInsideUnit(): boolean {
  return current.getStore()?.live ?? false;
}

export function runInside<U extends Live, T>(unit: U, work: (unit: U) => T): T {
  return current.run(unit, work, unit);
}
