/** Where unsent messages are kept between starts of an application: texts by key. */
export interface OutboxStorage {
  get(key: string): Promise<string | null | undefined> | string | null | undefined;
  /** Whatever they answer is awaited. */
  set(key: string, value: string): unknown;
  delete(key: string): unknown;
}

/** Forgets everything with the page: for tests, and where nothing may be written. */
export function memoryStorage(): OutboxStorage {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key),
    set: (key, value) => values.set(key, value),
    delete: (key) => values.delete(key),
  };
}

interface ItemStorage {
  getItem(key: string): Promise<string | null> | string | null;
  setItem(key: string, value: string): Promise<void> | void;
  removeItem(key: string): Promise<void> | void;
}

/** A browser's `localStorage`, or React Native's `AsyncStorage`. */
export function itemStorage(area: ItemStorage): OutboxStorage {
  return {
    get: (key) => area.getItem(key),
    set: (key, value) => area.setItem(key, value),
    delete: (key) => area.removeItem(key),
  };
}

interface KeyValueModule {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

/** A module over IndexedDB that has `get`, `set` and `del`, as `idb-keyval` does. */
export function keyValueStorage(module: KeyValueModule): OutboxStorage {
  return {
    async get(key) {
      const value = await module.get(key);
      return typeof value === "string" ? value : null;
    },
    set: (key, value) => module.set(key, value),
    delete: (key) => module.del(key),
  };
}
