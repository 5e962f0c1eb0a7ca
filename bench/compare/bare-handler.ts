import { join } from "node:path";
import { postLoad, postRequest } from "../http-load.ts";
import { startSubject } from "../process.ts";
import { measure, type Round } from "../rounds.ts";
import { countFor, type Extent, window } from "./deliveries.ts";
import { type PeerReport, spreadOf } from "./report.ts";

const script = new URL("../bare.ts", import.meta.url).pathname;

/** The least that a request can cost: one route, one prepared upsert, no checks, and no waiting for the disk. */
export async function bareHandler(directory: string, { roundMs }: Extent) {
  const subject = await startSubject([script, join(directory, "bare.db")], {}, /listening (\S+)/);
  const fix = { latitude: "49.2606", longitude: "-123.2460" };
  const requests = Array.from({ length: window }, (_, user) =>
    postRequest("/location", { user: `user-${user}`, ...fix }),
  );
  const rounds: Round[] = [];
  const count = await countFor(roundMs, (total) => postLoad(subject.url, requests, Math.max(total, window)));
  return {
    async round(): Promise<void> {
      rounds.push(await measure(subject, count, () => postLoad(subject.url, requests, count)));
    },
    report: (): PeerReport => ({
      name: "bare Bun handler (the limit)",
      version: Bun.version,
      promise: "in the log, not yet on the disk (synchronous=NORMAL)",
      note: null,
      alone: null,
      bursts: null,
      sendCpu: spreadOf(rounds.map(({ cpuUs }) => cpuUs)),
      sendRate: spreadOf(rounds.map(({ rate }) => rate)),
    }),
    [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose](),
  };
}
