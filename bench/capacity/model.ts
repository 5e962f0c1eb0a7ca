import { constants } from "./constants.ts";
import type { Inputs } from "./inputs.ts";

export type Engine = "sqlite" | "postgres";

/** What comes in and goes out in a second of the peak. */
export interface Load {
  readonly connections: number;
  readonly sends: number;
  readonly deliveries: number;
  readonly positions: number;
  readonly frames: number;
  readonly queries: number;
  readonly reconnects: number;
  readonly entriesPerReconnect: number;
}

/** What the whole installation needs of each kind at the peak. */
export interface Demand {
  readonly nodeCores: number;
  readonly nodeMemoryMiB: number;
  readonly storeCores: number;
  readonly storeTb: number;
  readonly busCores: number;
}

const weekS = 7 * 86_400;
const us = 1_000_000;

export function loadOf(inputs: Inputs): Load {
  const { users, peakFactor, peoplePerEvent, eventsPerUserWeek } = inputs;
  const active = users * inputs.dailyShare;
  const taking = (users * eventsPerUserWeek * peakFactor) / weekS;
  const sends = (taking / peoplePerEvent) * inputs.sendsPerEvent;
  const positions = taking * inputs.travelS * inputs.positionRate;
  const daily = (active * peakFactor) / 86_400;
  return {
    connections: active * inputs.connectedShare,
    sends,
    deliveries: sends * peoplePerEvent * inputs.hearingShare,
    positions,
    frames: positions * (peoplePerEvent - 1) * inputs.watchingShare,
    queries: daily * inputs.queriesPerDay,
    reconnects: daily * inputs.reconnectsPerDay,
    entriesPerReconnect: inputs.entriesPerReconnect,
  };
}

/** Cores of nodes without the bus: what the measured runs are held against. */
export function nodeCores(load: Load, engine: Engine): number {
  const send = engine === "sqlite" ? constants.sendSqlite : constants.sendPostgres;
  const reconnect = constants.reconnect.value + load.entriesPerReconnect * constants.replayedEntry.value;
  const usedUs =
    load.sends * send.value +
    load.deliveries * constants.delivery.value +
    load.positions * constants.position.value +
    load.frames * constants.positionFrame.value +
    load.queries * (constants.query.value + constants.queryOwn.value) +
    load.reconnects * reconnect;
  return usedUs / us + (load.positions > 0 ? constants.movingNode.value : 0);
}

/** Of so many nodes, those on which somebody hears of an event, where people are spread by chance; the author's excluded. */
export function otherNodes(nodes: number, hearers: number): number {
  return (nodes - 1) * (1 - (1 - 1 / nodes) ** hearers);
}

export function demandOf(inputs: Inputs, engine: Engine, nodes: number): Demand {
  const load = loadOf(inputs);
  const hearers = inputs.peoplePerEvent * Math.max(inputs.hearingShare, inputs.watchingShare);
  const said = nodes > 1 ? load.sends + load.positions : 0;
  const heard = said * otherNodes(nodes, hearers);
  const busUs = said * constants.busPublish.value + heard * constants.busHear.value;
  // Each node beyond the first has its own timers.
  const timers = (nodes - 1) * constants.movingNode.value;
  return {
    nodeCores: nodeCores(load, engine) + busUs / us + timers,
    nodeMemoryMiB: (load.connections * constants.connectionKiB.value) / 1_024 + nodes * 120,
    storeCores: engine === "postgres" ? storeCores(load) : 0,
    storeTb: storedTb(inputs),
    busCores: ((said + heard) * constants.busServer.value) / us,
  };
}

function storeCores(load: Load): number {
  const usedUs =
    load.sends * constants.storeSend.value +
    load.positions * constants.storePositions.value +
    load.queries * constants.storeQuery.value +
    load.reconnects * constants.storeReconnect.value;
  return usedUs / us;
}

function storedTb({ users, eventsPerUserWeek, peoplePerEvent, sendsPerEvent, keptYears }: Inputs): number {
  const messages = ((users * eventsPerUserWeek) / peoplePerEvent) * sendsPerEvent * 52 * keptYears;
  return (messages * constants.storedMessage.value) / 1e12;
}
