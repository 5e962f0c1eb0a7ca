import { Cluster } from "../cluster/cluster.ts";
import type { Fault } from "./catalogue.ts";
import { Crowd, type Size } from "./crowd.ts";
import { percentile } from "./measures.ts";
import { Requests } from "./requests.ts";

export interface Report {
  readonly line: string;
  readonly problems: readonly string[];
}

export interface Length {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** A cluster, people who use it, and a fault in the midst of that: what became of what they were promised. */
export async function tryFault(fault: Fault, size: Size, { beforeMs, afterMs }: Length): Promise<Report> {
  const env = { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "warn" };
  await using cluster = await Cluster.start({ ...fault.options, env });
  const crowd = await Crowd.gather(cluster.url, size);
  try {
    if (crowd.owner === undefined) throw new Error("nobody came");
    crowd.write();
    await Bun.sleep(beforeMs);
    const requests = fault.isOrderly ? new Requests(crowd.owner, 4) : null;
    const ends = Bun.sleep(1_000).then(() => crowd.endWalks());
    await fault.happen(cluster);
    await ends;
    await Bun.sleep(afterMs);
    await requests?.stop();
    await crowd.settle();
    return report(fault, crowd, requests, await crowd.faults());
  } finally {
    crowd.leave();
  }
}

function report(fault: Fault, crowd: Crowd, requests: Requests | null, found: readonly string[]): Report {
  const { measures } = crowd;
  const walks = crowd.evenings.map(({ walk }) => walk);
  const lateMs = Math.max(...walks.map((walk) => walk.lateMs));
  const given = walks.reduce((sum, walk) => sum + walk.givenBefore, 0);
  const backMs = crowd.all.flatMap((one) => one.catchUpsMs);
  const codes = countOf(crowd.all.flatMap((one) => one.codes));
  const problems = [...found];
  const need = (isSo: boolean, what: string): void => void (isSo || problems.push(what));
  need(measures.worstMs <= fault.recoveryMs, `a message took ${ms(measures.worstMs)} to its last reader`);
  need(lateMs <= fault.revocationMs, `a position was given ${ms(lateMs)} after its viewer was removed`);
  need(given > 0 && walks.every((walk) => walk.givenBefore > 0), "somebody was shown no position at all");
  if (fault.isOrderly) {
    need(requests?.failed.length === 0, `requests failed: ${requests?.failed.slice(0, 5).join("; ")}`);
    need(backMs.length >= crowd.all.length, `only ${backMs.length} connections were ended`);
    need(percentile(backMs, 0.99) <= 5_000, `coming back took ${ms(percentile(backMs, 0.99))}`);
    need(
      Object.keys(codes).every((code) => code === "1012"),
      "a connection was not ended in order",
    );
  }
  const parts = [
    `${crowd.sockets} sockets`,
    `${measures.count} messages`,
    `to the last reader p50 ${ms(measures.percentile(0.5))}, p99 ${ms(measures.percentile(0.99))}, worst ${ms(measures.worstMs)}`,
    `${backMs.length} came back, p99 ${ms(percentile(backMs, 0.99))}, codes ${JSON.stringify(codes)}`,
    `${given} positions, the last ${ms(lateMs)} after its viewer was removed`,
    ...(requests === null ? [] : [`${requests.count} requests, ${requests.failed.length} failed`]),
    `${problems.length} problems`,
  ];
  return { line: `${fault.name}: ${parts.join("; ")}`, problems };
}

function countOf(codes: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function ms(value: number): string {
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}
