import type { Log } from "../lib/log.ts";
import type { Bus, BusMessage } from "./bus.ts";

/** The bus of a server that is alone: a synchronous call, in order. A listener that throws does not stop the others. */
export function inProcessBus(log: Log): Bus {
  const listeners = new Set<(message: BusMessage) => void>();
  return {
    publish(message) {
      for (const listener of listeners) {
        try {
          listener(message);
        } catch (error) {
          log.error({ error, type: message.type }, "a bus listener failed");
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
