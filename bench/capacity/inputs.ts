/** What people do, and what machines cost: to be replaced by one's own. */
export interface Inputs {
  readonly users: number;
  /** Of the users, on one day. */
  readonly dailyShare: number;
  /** Of those who are there on a day, connected at the peak. */
  readonly connectedShare: number;
  /** Events in which one of all users takes part, a week. */
  readonly eventsPerUserWeek: number;
  readonly peoplePerEvent: number;
  readonly sendsPerEvent: number;
  /** Of an event's people, connected while something is said in it. */
  readonly hearingShare: number;
  readonly travelS: number;
  /** Positions a second of somebody who travels. */
  readonly positionRate: number;
  /** Of an event's people, with the map open while others travel. */
  readonly watchingShare: number;
  readonly queriesPerDay: number;
  readonly reconnectsPerDay: number;
  readonly entriesPerReconnect: number;
  /** The busiest minutes of a week against its mean. */
  readonly peakFactor: number;
  readonly keptYears: number;
  readonly machines: Machines;
}

export interface Machines {
  /** Of a core, or of memory, that may be used at the peak: the rest is for a lost node and for storms. */
  readonly targetUse: number;
  readonly nodeMemoryMiB: number;
  readonly storeCores: number;
  readonly storeTb: number;
  readonly connectionsPerBalancer: number;
  /** US dollars a month. */
  readonly prices: {
    readonly node: number;
    readonly store: number;
    readonly bus: number;
    readonly balancer: number;
    readonly trafficGb: number;
  };
}

export const defaults: Omit<Inputs, "users"> = {
  dailyShare: 0.3,
  connectedShare: 0.25,
  eventsPerUserWeek: 1,
  peoplePerEvent: 8,
  sendsPerEvent: 60,
  hearingShare: 0.5,
  travelS: 1_800,
  positionRate: 0.2,
  watchingShare: 0.5,
  queriesPerDay: 60,
  reconnectsPerDay: 30,
  entriesPerReconnect: 10,
  peakFactor: 5,
  keptYears: 2,
  machines: {
    targetUse: 0.5,
    nodeMemoryMiB: 3_072,
    storeCores: 16,
    storeTb: 4,
    connectionsPerBalancer: 100_000,
    // Round numbers near the list prices of large providers, on demand.
    prices: { node: 30, store: 900, bus: 60, balancer: 25, trafficGb: 0.05 },
  },
};

export const sizes = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8] as const;
