import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { cutPage, decodeCursor, encodeCursor } from "./cursor.ts";

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

describe("cutPage", () => {
  test("leaves out the row that was read to see whether there is more, and says where it goes on", () => {
    const { shown, nextCursor } = cutPage(["a", "b", "c"], 2, (last) => ({ list: "friends", after: last }));
    expect(shown).toEqual(["a", "b"]);
    expect(decodeCursor(schema, nextCursor ?? "")).toEqual({ list: "friends", after: "b" });
  });

  test.each([[[]], [["a"]], [["a", "b"]]])("gives no cursor after the last page %p", (rows) => {
    expect(cutPage(rows, 2, (last) => last)).toEqual({ shown: rows, nextCursor: undefined });
  });
});
