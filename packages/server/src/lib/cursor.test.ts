import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "./cursor.ts";

const schema = z.object({ list: z.literal("friends"), after: z.string() });

describe("cursor", () => {
  test("reads back what it wrote, in characters that a URL takes as they are", () => {
    const text = encodeCursor({ list: "friends", after: "ÿ?>~" });
    expect(text).toMatch(/^[\w-]+$/);
    expect(decodeCursor(schema, text)).toEqual({ list: "friends", after: "ÿ?>~" });
  });

  test.each(["", "%", "bm90IGpzb24", encodeCursor(null), encodeCursor({ list: "blocks", after: "x" })])(
    "refuses %p, which is not of this list",
    (text) => {
      expect(() => decodeCursor(schema, text)).toThrow(expect.objectContaining({ code: "invalid_input" }));
    },
  );
});
