import { describe, expect, test } from "bun:test";
import { contract, type Endpoint } from "@jarvis/contract";
import { quickest } from "./support/quickest.ts";
import { createWorld } from "./support/world.ts";

const slowMs = 50;

/** Long texts on which a pattern that backtracks takes for ever. */
const long = ["1", "-", "a", "a-", "1.", "%", "a@a.", "é", "\u0301", "0x", " "].map((unit) =>
  unit.repeat(10_000 / unit.length),
);

describe("case 111: queries and patterns", () => {
  test.each([
    ["limit=1&limit=2", 400],
    ["limit=1&limit=1", 400],
    ["limit=1&%6cimit=1", 400],
    ["limit=", 400],
    ["limit", 400],
    ["limit=0", 400],
    ["limit=-1", 400],
    ["limit=1e1", 400],
    ["limit=201", 400],
    ["limit=%31", 200],
    ["limit=%", 400],
    ["limit=%4", 400],
    ["cursor=%zz", 400],
    ["limit=%c0%b1", 400],
    ["status=%c0%af", 400],
    ["x=%c0%af", 200],
    ["cursor=%ed%a0%80", 400],
    ["cursor=x", 400],
    ["cursor=%00", 400],
    ["from=1&to=2&from=3", 400],
    ["from=x", 400],
    ["from=1e9", 400],
    ["unknown=1&unknown=2", 200],
    ["=&&=&", 200],
    ["", 200],
    [`a${"[b]".repeat(1_000)}=1`, 200],
    [`${"a=1&".repeat(2_000)}limit=1`, 200],
  ])("?%s answers %d at once", async (query, status) => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const { result: answer, ms } = await quickest(() => ada.call("GET", `/user/${ada.id}/events?${query}`));
    expect(ms).toBeLessThan(slowMs);
    expect([answer.status, answer.body["code"]]).toEqual([
      status,
      status === 400 ? "invalid_input" : undefined,
    ]);
  });

  test("no field of any query takes long to refuse 10,000 characters", async () => {
    for (const { field, schema } of fields("query")) {
      for (const text of long) {
        const { result, ms } = await quickest(() => schema.safeParse(text));
        expect(result.success, `${field} ${text.slice(0, 4)}`).toBe(false);
        expect(ms, field).toBeLessThan(slowMs);
      }
    }
  });

  test("no field of any body takes long over 10,000 characters", async () => {
    const bodies = calls().flatMap(({ body }) => (body === undefined ? [] : [body]));
    for (const body of bodies) {
      for (const text of long) {
        const everywhere = new Proxy({}, { get: () => text, has: () => true, ownKeys: () => [] });
        const { ms } = await quickest(() => body.safeParse(everywhere));
        expect(ms).toBeLessThan(slowMs);
      }
    }
  });

  test("a path with 10,000 characters where an id belongs is not there, at once", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    for (const text of long) {
      const { result, ms } = await quickest(() =>
        ada.call("GET", `/event/${encodeURIComponent(text).slice(0, 10_000)}`),
      );
      expect(result.status).toBe(404);
      expect(ms).toBeLessThan(slowMs);
    }
  });
});

function calls(): Endpoint[] {
  return Object.values(contract).flatMap((group) => Object.values<Endpoint>(group));
}

function fields(part: "query" | "params") {
  return calls().flatMap((call) =>
    Object.entries(call[part]?.shape ?? {}).map(([name, schema]) => ({
      field: `${call.path} ${name}`,
      schema,
    })),
  );
}
