import { RedisBus } from "../../src/bus/redis-bus.ts";
import { parseBusUrl } from "../../src/lib/bus-target.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { secureRandom } from "../../src/lib/ids.ts";
import { until } from "../../test/support/nodes/until.ts";

/** Says whether a bus that trusts what its environment says it should connects, and what is said over it arrives. */
const target = parseBusUrl(process.argv[2] ?? "");
if (target === null) throw new Error("an address is needed");
const log = { debug() {}, info() {}, warn() {}, error() {} };
const random = secureRandom(systemClock);
const [one, two] = [new RedisBus(target, { log, random }), new RedisBus(target, { log, random })];
await until(() => one.health() === "connected" && two.health() === "connected", 10_000);
const heard = new Promise((resolve) => two.subscribe(resolve));
one.publish({ type: "signed_out", user: "nobody" as never, session: "over TLS" });
process.stdout.write(JSON.stringify(await heard));
await Promise.all([one.close(), two.close()]);
process.exit(0);
