import { expect, test } from "bun:test";
import { judge } from "./support/journeys/evaluation.ts";
import { journey, journeyCount, journeys } from "./support/journeys/journey.ts";
import { claimsOf, type Heard, isTrue, knowableBy } from "./support/journeys/judging.ts";
import { naive } from "./support/journeys/naive.ts";
import { metresBetween, toPoint } from "./support/journeys/plane.ts";
import { figures, missedBars, table } from "./support/journeys/report.ts";
import { insideM, stayMs } from "./support/journeys/truth.ts";

const all = [...journeys()];
const topSpeed = { walk: 2.2, cycle: 10, car: 45, bus: 20, train: 45 } as const;

test("gives at least 240 journeys of every kind, latitude and way of reporting, the same for a seed for ever", () => {
  expect(journeyCount).toBeGreaterThanOrEqual(240);
  for (const seed of [0, 17, 101, journeyCount - 1]) {
    const [once, again] = [journey(seed), journey(seed)];
    expect(JSON.stringify(again.points)).toBe(JSON.stringify(once.points));
    expect(again.truth.stays).toEqual(once.truth.stays);
  }
  expect(new Set(all.map(({ reporter }) => reporter)).size).toBe(5);
  expect(new Set(all.map(({ phone }) => phone.accuracy)).size).toBe(4);
  for (const wanted of [60.1699, 0.0001, -33.8688, -16.8013])
    expect(all.filter(({ place }) => place.latitude === wanted).length).toBeGreaterThan(10);
  const around = all.filter(
    ({ points }) =>
      points.some(({ longitude }) => longitude > 179) && points.some(({ longitude }) => longitude < -179),
  );
  expect(around.length).toBeGreaterThan(10);
});

test("people move as fast, and speed up as much, as people and vehicles do", () => {
  for (const { kind, seed, trace } of all) {
    const by =
      (Object.keys(topSpeed) as (keyof typeof topSpeed)[]).find((name) => kind.endsWith(name)) ?? "walk";
    const most = kind.startsWith("stay")
      ? topSpeed.walk
      : by === "walk" && kind.startsWith("park")
        ? 45
        : topSpeed[by];
    for (const [second, { spot, speed, alongM }] of trace.entries()) {
      const before = trace[second - 1];
      if (before === undefined) continue;
      const moved = Math.hypot(spot.east - before.spot.east, spot.north - before.spot.north);
      if (moved > most + 0.5 || alongM < before.alongM || speed - before.speed > 2)
        throw new Error(
          `seed ${seed} (${kind}), second ${second}: ${moved} m, ${before.speed} → ${speed} m/s`,
        );
    }
  }
});

test("the truth is that of the way: 100 m passed inward for two minutes or to the end, and never by those who pass", () => {
  for (const { kind, seed, truth } of all) {
    for (const { arrivedMs, leftMs } of truth.stays) {
      expect(truth.at(arrivedMs).distanceM).toBeLessThanOrEqual(insideM);
      if (arrivedMs > truth.startMs) expect(truth.at(arrivedMs - 1_000).distanceM).toBeGreaterThan(insideM);
      if (leftMs !== null) expect(leftMs - arrivedMs).toBeGreaterThanOrEqual(stayMs);
    }
    const arrives = /^(?:arrive|park|wait|leave)/.test(kind);
    if (truth.stays.length > 0 !== arrives)
      throw new Error(`seed ${seed} (${kind}): ${truth.stays.length} stays`);
    if (truth.arrivedMs === null) continue;
    expect(truth.at(truth.arrivedMs).remainingS).toBe(0);
    expect(truth.at(truth.arrivedMs).alongM).toBe(0);
    const tenBefore = truth.at(truth.arrivedMs - 10_000);
    expect(tenBefore.remainingS).toBe(10);
  }
});

test("passes come near, at speed; lights near the place hold people who then go on", () => {
  for (const { kind, trace } of all.filter(({ kind }) => /^(?:pass|bridge|red)/.test(kind))) {
    const nearest = Math.min(...trace.map(({ spot }) => Math.hypot(spot.east, spot.north)));
    expect(nearest).toBeLessThan(142);
    const near = trace.filter(({ spot }) => Math.hypot(spot.east, spot.north) < 145);
    const stood = near.filter(({ speed }) => speed === 0).length;
    expect(kind.startsWith("red") ? stood > 10 && stood < 80 : stood === 0).toBeTrue();
  }
});

test("fixes err as phones do, come late, in disorder and not at all", () => {
  const errors = all.flatMap(({ points, trace, place, truth }) =>
    points.map((fix) => {
      const moment = trace[Math.floor((fix.at_ms - truth.startMs) / 1_000)];
      return moment === undefined ? Number.NaN : metresBetween(fix, toPoint(place, moment.spot));
    }),
  );
  const sorted = errors.toSorted((a, b) => a - b);
  const part = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  expect(part(0.5)).toBeWithin(4, 18);
  expect(part(0.95)).toBeWithin(20, 110);
  expect(part(0.9999)).toBeLessThan(900);
  const late = all.filter(({ points }) =>
    points.some(({ at_ms, received_ms }) => received_ms - at_ms > 60_000),
  );
  const disordered = all.filter(({ points }) =>
    points.some(({ at_ms }, index) => at_ms < (points[index - 1]?.at_ms ?? 0)),
  );
  const tunnels = all.filter(({ trace }) => trace.some(({ tunnel }) => tunnel));
  expect(Math.min(late.length, disordered.length, tunnels.length)).toBeGreaterThan(7);
  for (const { points } of all)
    for (const { at_ms, received_ms } of points) expect(received_ms).toBeGreaterThan(at_ms);
});

test("judges a claim by where the person really is, and a stay by two fixes that have come", () => {
  const [arrives, passes] = [all[0], all.find(({ kind }) => kind === "bridge car")];
  if (arrives === undefined || passes === undefined || arrives.truth.arrivedMs === null)
    throw new Error("no journey");
  const heardAt = ({ points }: typeof arrives, nowMs: number): Heard => {
    const newest = points.findLast(({ received_ms }) => received_ms <= nowMs) ?? points[0];
    if (newest === undefined) throw new Error("no fix");
    return { arrived: true, eta_s: 0, eta_margin_s: 0, nowMs, newest, fresh: true };
  };
  expect(isTrue(arrives, heardAt(arrives, arrives.truth.arrivedMs + 60_000))).toBeTrue();
  expect(isTrue(arrives, heardAt(arrives, arrives.truth.startMs + 5_000))).toBeFalse();
  const near = passes.trace.findIndex(({ spot }) => Math.hypot(spot.east, spot.north) < 80);
  expect(isTrue(passes, heardAt(passes, passes.truth.startMs + near * 1_000))).toBeFalse();
  const once = heardAt(arrives, arrives.truth.arrivedMs);
  expect(claimsOf([once, once, { ...once, arrived: false }, once])).toHaveLength(2);
});

/** Knows the truth: what no estimator can do better than, given when fixes come. */
function judgeByTruth(it: (typeof all)[number]) {
  const { truth } = it;
  const known = truth.stays.map((stay) => ({ stay, from: knowableBy(it, stay) }));
  return judge(it, () => (_, nowMs) => ({
    arrived: known.some(
      ({ stay, from }) =>
        from !== null && nowMs >= from && nowMs <= (stay.leftMs ?? Number.POSITIVE_INFINITY),
    ),
    eta_s: truth.at(nowMs).remainingS,
    eta_margin_s: 10,
  }));
}

test("whoever knows the truth passes, and few stays are such that nobody could know", () => {
  const verdicts = all.map(judgeByTruth);
  const result = figures(verdicts);
  expect(missedBars(result), table(verdicts)).toEqual([]);
  expect([result.precision, result.recall, result.etaError, result.coverage]).toEqual([1, 1, 0, 1]);
  // fewer than two fixes inside (reports every 15 minutes, sleeping and wholly offline phones) before the track ends
  expect([result.seen, result.unknowable]).toEqual([117, 19]);
});

test("the first thing that one would write fails: the journeys are hard enough", () => {
  const verdicts = all.map((each) => judge(each, naive));
  const result = figures(verdicts);
  expect(missedBars(result), table(verdicts)).toEqual(
    expect.arrayContaining(["precision", "etaError", "coverage"]),
  );
  expect(result.precision).toBeLessThan(0.85);
  expect(result.etaError).toBeGreaterThan(0.4);
});
