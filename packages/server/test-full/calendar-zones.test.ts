import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { parseDateValue } from "../src/lib/calendar/date-values.ts";
import { ianaZone } from "../src/lib/calendar/zone.ts";
import { zoneDataVersion } from "../src/lib/calendar/zone-data.ts";
import { chosenSeed } from "../test/support/fuzz/http-run.ts";
import { createRandom } from "./support/random.ts";

const program = fileURLToPath(new URL("tools/zone-times.py", import.meta.url));
const count = 10_000;

/** Zones whose times differ between the release that this machine's Python has and the runtime's, and since when. */
const changedSince: readonly (readonly [release: string, zones: readonly string[]])[] = [
  ["2026a", ["Europe/Chisinau", "Europe/Tiraspol"]],
  ["2025c", ["America/Tijuana", "America/Ensenada", "America/Santa_Isabel", "Mexico/BajaNorte"]],
];

/** Local times between 1970 and 2037, every second one near a change of the zone's clocks. */
function drawPairs(seed: number): [zone: string, local: string][] {
  const random = createRandom(seed);
  const zones = Intl.supportedValuesOf("timeZone");
  const from = Date.UTC(1970, 0, 2);
  const until = Date.UTC(2037, 11, 30);
  return Array.from({ length: count }, (_, index) => {
    const zone = zones[Math.floor(random() * zones.length)] ?? "UTC";
    const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(from + random() * (until - from)));
    const zoned = instant.toZonedDateTimeISO(zone);
    const change = index % 2 === 0 ? zoned.getTimeZoneTransition("next") : null;
    const near = (change ?? zoned).toPlainDateTime().add({ minutes: Math.floor(random() * 360) - 180 });
    return [zone, near.toString({ smallestUnit: "second" })];
  });
}

function inEngine([name, local]: readonly [string, string]): [instant: number, offset: number] {
  const zone = ianaZone(name);
  const wall = parseDateValue(local)?.wall;
  if (zone === null || wall === undefined) throw new Error(`${name} ${local}`);
  const instant = zone.instantOf(wall);
  return [instant, zone.wallOf(instant) - instant];
}

test("case 89: random local times are the instants that Python's zoneinfo says", () => {
  const seed = chosenSeed();
  process.stdout.write(
    `zones: ${count} pairs from FUZZ_SEED=${seed}, the runtime has ${zoneDataVersion()}\n`,
  );
  const pairs = drawPairs(seed);
  const run = Bun.spawnSync(["/usr/bin/python3", program], {
    stdin: new TextEncoder().encode(JSON.stringify(pairs)),
  });
  if (run.exitCode !== 0) throw new Error(run.stderr.toString());
  const theirs: { version: string; answers: [number, number][] } = JSON.parse(run.stdout.toString());
  const [older = "", newer = ""] = [theirs.version, zoneDataVersion()].sort();
  const changed = new Set(
    changedSince.flatMap(([release, zones]) => (release > older && release <= newer ? zones : [])),
  );
  const differing = pairs.flatMap((pair, index) => {
    const answers = [theirs.answers[index], inEngine(pair)].map((answer) => JSON.stringify(answer));
    return answers[0] === answers[1] || changed.has(pair[0]) ? [] : [[...pair, ...answers]];
  });
  expect({ seed, differing }).toEqual({ seed, differing: [] });
});
