import { describe, expect, test } from "bun:test";
import { contract, type Endpoint, type RateName, rates } from "@jarvis/contract";
import { createRates } from "../src/lib/rates.ts";
import { Broker } from "./support/nodes/broker.ts";
import { twoNodes } from "./support/nodes/nodes.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const names = Object.keys(rates) as RateName[];
const limited = Object.values(contract)
  .flatMap((feature) => Object.values<Endpoint>(feature))
  .flatMap((endpoint) => (endpoint.rate === undefined ? [] : [{ endpoint, rate: endpoint.rate }]));

describe("case 79: each rate", () => {
  test.each(names)("%s lets 0.9 of it through, and of 1.5 no more than all of it", async (name) => {
    const { points, by } = rates[name];
    const key = (user: string, address: string) => () => ({ user, address });
    const counted = createRates(true);
    async function passed(attempts: number, user: string, address: string): Promise<number> {
      const outcomes = await Promise.allSettled(
        Array.from({ length: attempts }, () => counted.consume(name, key(user, address))),
      );
      return outcomes.filter(({ status }) => status === "fulfilled").length;
    }
    expect(await passed(Math.floor(points * 0.9), "ann", "192.0.2.1")).toBe(Math.floor(points * 0.9));
    expect(await passed(Math.ceil(points * 1.5), "bob", "192.0.2.2")).toBe(points);
    // Behind one address: the rate of a user or a secret is their own, an address's is for all of them.
    expect(await passed(1, "cem", "192.0.2.2")).toBe(by === "address" ? 0 : 1);
    expect(await passed(1, "bob", "192.0.2.3")).toBe(by === "address" ? 1 : 0);
  });
});

describe("case 79: each rate, of two servers with a bus", () => {
  test.each(names)("%s counts for both, whichever of them is used", async (name) => {
    const broker = new Broker();
    await using nodes = await twoNodes(broker);
    const both = [nodes.a, nodes.b].map(({ bus }) => createRates(true, bus.values));
    const { points } = rates[name];
    const key = () => ({ user: "ann", address: "192.0.2.1" });
    let passed = 0;
    for (let i = 0; i < Math.ceil(1.5 * points); i++)
      passed +=
        (await both[i % 2]?.consume(name, key).then(
          () => 1,
          () => 0,
        )) ?? 0;
    expect(passed).toBeGreaterThanOrEqual(points);
    expect(passed).toBeLessThanOrEqual(1.1 * points);
    // While the bus is down each server goes on by what it has counted itself.
    broker.isDown = true;
    broker.cut();
    const alone = await Promise.all(
      both.map((one) =>
        one
          .consume(name, () => ({ user: "bob", address: "192.0.2.2" }))
          .then(
            () => 1,
            () => 0,
          ),
      ),
    );
    expect(alone).toEqual([1, 1]);
  });
});

describe("case 79: over HTTP, whatever a call would have answered", () => {
  test.each(
    limited.map(({ endpoint, rate }) => [`${endpoint.method} ${endpoint.path}`, rate, endpoint] as const),
  )("%s (%s)", async (_, rate, endpoint) => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ann, bob } = await world.people("ann", "bob");
    const { points, by } = rates[rate];
    const few = Math.floor(points * 0.9);
    expect(await refused(world, endpoint, ann, few)).toBe(0);
    expect(await refused(world, endpoint, ann, Math.ceil(points * 1.5) - few)).toBe(
      Math.ceil(points * 1.5) - points,
    );
    // Bob shares the address.
    expect(await refused(world, endpoint, bob, 1)).toBe(by === "user" ? 0 : 1);
  });
});

/** How many of so many calls are one too many; each of those says when to come back. */
async function refused(world: World, endpoint: Endpoint, caller: Person, calls: number): Promise<number> {
  const path = endpoint.path.replaceAll(/\{\w+\}/g, caller.id);
  const body = endpoint.body === undefined ? undefined : {};
  let count = 0;
  for (let call = 0; call < calls; call++) {
    const { status, headers } =
      endpoint.auth === "none"
        ? await world.call(endpoint.method, path, body)
        : await caller.call(endpoint.method, path, body);
    expect(status).toBeLessThan(500);
    if (status !== 429) continue;
    count++;
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(headers.get("ratelimit")).toContain("r=0");
  }
  return count;
}
