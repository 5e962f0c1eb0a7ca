/** A figure with what it rests on. Assumed ones have not been measured on this code. */
export interface Constant {
  readonly value: number;
  readonly unit: "µs" | "KiB" | "bytes" | "cores";
  readonly isMeasured: boolean;
  readonly taken: string;
}

const measured = (value: number, unit: Constant["unit"], taken: string): Constant => ({
  value,
  unit,
  isMeasured: true,
  taken,
});

const assumed = (value: number, unit: Constant["unit"], taken: string): Constant => ({
  value,
  unit,
  isMeasured: false,
  taken,
});

/** CPU of a node, unless the name says of what. One core of an AMD EPYC, Bun 1.4.5. */
export const constants = {
  connectionKiB: assumed(12, "KiB", "twice the bar of `npm run bench` for an idle connection (6 KiB)"),
  sendSqlite: measured(
    148,
    "µs",
    "1,200 sends a second over 60 chats, without their deliveries (`test:full`, case 65)",
  ),
  sendSqliteBurst: measured(31, "µs", "one author, 64 in flight (`npm run bench -- --peers`)"),
  sendPostgres: measured(
    370,
    "µs",
    "64 in flight in 64 chats, PostgreSQL 15, on a machine that others were using (`npm run bench -- --postgres`)",
  ),
  delivery: measured(6.71, "µs", "one at a time to 100 connections (`npm run bench -- --peers`)"),
  deliveryBurst: measured(1.08, "µs", "bursts of ten to 100 connections (`npm run bench -- --peers`)"),
  position: measured(
    89,
    "µs",
    "slope between 200 and 1,200 a second, without its 19 frames (`npm run bench -- --positions`)",
  ),
  positionFrame: assumed(
    1.08,
    "µs",
    "taken to cost what a delivery of a burst does; three runs below hold it against that",
  ),
  movingNode: measured(
    0.0285,
    "cores",
    "what that line has left at no position at all: timers, once anybody moves",
  ),
  query: measured(
    22,
    "µs",
    "the least that a call over HTTP can cost: the bare handler of `npm run bench -- --peers`",
  ),
  queryOwn: assumed(150, "µs", "a call's rules, its queries and its JSON, beside that"),
  reconnect: measured(
    30,
    "µs",
    "1,000 sockets, 5 and 50 entries behind (`npm run bench -- --reconnect`, smaller)",
  ),
  replayedEntry: measured(3.9, "µs", "the slope of these two"),
  busPublish: measured(
    0.81,
    "µs",
    "`bench/capacity/bus-cost.ts`: 300 bytes, 500 at once, Bun's Redis client",
  ),
  busHear: measured(0.69, "µs", "the same run, in the process that hears it"),
  busServer: measured(0.74, "µs", "the same run, CPU of Redis 7 for one message to one node"),
  storeSend: assumed(250, "µs", "CPU of PostgreSQL for one durable send, with its share of the commit"),
  storePositions: assumed(10, "µs", "CPU of PostgreSQL for one position of a batch"),
  storeQuery: assumed(120, "µs", "CPU of PostgreSQL for the reads of one call"),
  storeReconnect: assumed(300, "µs", "CPU of PostgreSQL for one reconnect: five reads"),
  storedMessage: assumed(600, "bytes", "message, entry and their indexes, on PostgreSQL"),
  frame: assumed(300, "bytes", "an entry or a position on the wire, with its headers"),
} as const satisfies Record<string, Constant>;
