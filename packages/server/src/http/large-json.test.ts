import { expect, test } from "bun:test";
import { anything, assert, asyncProperty, dictionary, string } from "fast-check";
import { largeJson } from "./large-json.ts";

test("writes what JSON.stringify writes, and pauses after every item", async () => {
  await assert(
    asyncProperty(dictionary(string(), anything({ withDate: true })), async (value) => {
      let pauses = 0;
      const pace = async () => void pauses++;
      expect(await largeJson(value, pace)).toBe(JSON.stringify(value));
      const lists = Object.values(value).filter(Array.isArray);
      expect(pauses).toBe(lists.flat(1).length);
    }),
  );
});
