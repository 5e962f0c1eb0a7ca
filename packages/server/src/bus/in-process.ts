import type { Log } from "../lib/log.ts";
import type { Bus, BusStats } from "./bus.ts";
import { Listeners } from "./listeners.ts";

const nothing: BusStats = { sent: 0, received: 0, lost: 0, channels: 0, connects: 0 };

/** The bus of a server that is alone. */
export function inProcessBus(log: Log): Bus {
  const listeners = new Listeners(log);
  const noInterest = () => undefined;
  return {
    publish: (message) => listeners.tell(message),
    tell: noInterest,
    subscribe: (listener) => listeners.add(listener),
    follow: () => noInterest,
    health: () => "alone",
    stats: () => nothing,
    values: null,
    close: () => Promise.resolve(),
  };
}
