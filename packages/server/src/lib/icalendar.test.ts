import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import ICAL from "ical.js";
import { type Property, toText, writeCalendar, writeComponent } from "./icalendar.ts";

const pieces = fc.oneof(
  fc.constantFrom(
    "\r\n",
    "\n",
    "\r",
    "\r\n ",
    "\n\t",
    "\r\nATTACH:http://evil.example/x",
    "\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nBEGIN:VEVENT\r\n",
    "\\",
    "\\n",
    "\\,",
    ";",
    ",",
    ":",
    '"',
    "^n",
    "=cmd|' /C calc'!A0",
    "javascript:alert(1)",
    "\u2028",
    "\u2029",
    "\u0085",
    "\u000b",
    "\u000c",
    "\u001c",
    "\u0000",
    "\u007f",
    "\u200b",
    "\ufeff",
    "\u202e",
    "👩‍👩‍👧‍👦",
    "é",
    "漢",
    "🚲".repeat(20),
    "é".repeat(70),
    "x".repeat(200),
  ),
  fc.string({ unit: "binary" }),
);
const hostile = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("").toWellFormed());

function eventWith(summary: string, location: string): string {
  const properties: Property[] = [
    ["uid", {}, "text", "1"],
    ["summary", {}, "text", toText(summary)],
    ["location", {}, "text", toText(location)],
  ];
  return writeCalendar([["version", {}, "text", "2.0"]], [writeComponent(["vevent", properties, []])]);
}

describe("case 98: what is written as iCalendar", () => {
  test("has the properties that were meant, however hostile the text, and lines of 75 octets at most", () => {
    const property = fc.property(hostile, hostile, (summary, location) => {
      const text = eventWith(summary, location);
      const [name, properties, [[event, inner, others] = [], ...more]] = ICAL.parse(text) as Parsed;
      expect([name, event, others, more]).toEqual(["vcalendar", "vevent", [], []]);
      expect(properties.map(([key]) => key)).toEqual(["version"]);
      expect(inner).toEqual([
        ["uid", {}, "text", "1"],
        ["summary", {}, "text", toText(summary)],
        ["location", {}, "text", toText(location)],
      ]);
      expectWellFormed(text);
    });
    fc.assert(property, { numRuns: 2_000 }); // a failure prints its seed
  });

  test("keeps what people can read: breaks of lines become those of iCalendar, control characters go", () => {
    expect(toText("a\r\nb\rc\nd\u2028e\u0085f\u000bg")).toBe("a\nb\nc\nd\ne\nf\ng");
    expect(toText("a\u0000b\u0007c\u009fd\te")).toBe("abcd\te");
  });

  test("is folded before a character, never inside one", () => {
    for (let padding = 0; padding < 80; padding++) {
      const summary = "x".repeat(padding) + "👩‍👩‍👧‍👦漢é".repeat(30);
      const text = eventWith(summary, "");
      expectWellFormed(text);
      expect(text.replaceAll("\r\n ", "")).toContain(`SUMMARY:${summary}\r\n`);
    }
  });
});

type Parsed = [string, unknown[][], [string, unknown[][], unknown[]][]];

/** As bytes, line by line: each is by itself well-formed UTF-8, and not too long. */
function expectWellFormed(text: string): void {
  expect(text.endsWith("\r\n")).toBe(true);
  const bytes = Buffer.from(text);
  const strict = new TextDecoder("utf-8", { fatal: true });
  let start = 0;
  for (let end = bytes.indexOf("\r\n"); end !== -1; end = bytes.indexOf("\r\n", start)) {
    expect(end - start).toBeLessThanOrEqual(75);
    const line = strict.decode(bytes.subarray(start, end));
    // oxlint-disable-next-line no-control-regex -- none of them may be there
    expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/);
    start = end + 2;
  }
  expect(start).toBe(bytes.length);
}
