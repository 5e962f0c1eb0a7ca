import { describe, expect, test } from "bun:test";
import { caldav, dav } from "./names.ts";
import { type Element, parseXml } from "./xml-read.ts";
import { escapeXml, tag, toXml } from "./xml-write.ts";

function names(element: Element): unknown[] {
  return [element.name, ...element.children.map(names)];
}

test.each([
  '<propfind xmlns="DAV:"><prop><C:x xmlns:C="urn:ietf:params:xml:ns:caldav"/></prop></propfind>',
  '<x0:propfind xmlns:x0="DAV:" xmlns:x1="urn:ietf:params:xml:ns:caldav"><x0:prop><x1:x/></x0:prop></x0:propfind>',
  '<D:propfind xmlns:D="DAV:"><D:prop><x xmlns="urn:ietf:params:xml:ns:caldav"/></D:prop></D:propfind>',
  // A prefix means something else further in.
  '<C:propfind xmlns:C="DAV:"><C:prop><C:x xmlns:C="urn:ietf:params:xml:ns:caldav"/></C:prop></C:propfind>',
])("a name is its namespace and its local part, whatever the prefix: %s", (text) => {
  expect(names(parseXml(text))).toEqual([dav("propfind"), [dav("prop"), [caldav("x")]]]);
});

test("attributes without a namespace are read, text is joined with what is in CDATA", () => {
  const { attributes, text } = parseXml(
    '<a xmlns:z="z" name="A&amp;B" z:name="other">x &lt;<![CDATA[<&]]>&#x41;</a>',
  );
  expect([...attributes]).toEqual([["name", "A&B"]]);
  expect(text).toBe("x <<&A");
});

describe("what could say more than it holds is refused", () => {
  const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
    "",
  );
  test.each([
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>'],
    [`<!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]><a>&l9;</a>`],
    ["<!DOCTYPE a><a/>"],
    ["<a>&x;</a>"],
    ['<a b="&x;"/>'],
    ["<a>&nbsp;</a>"],
    ["<D:a/>"],
    ['<a D:b=""/>'],
    ["<a><b></a></b>"],
    ["<a>"],
    [""],
    ["text"],
    ["<a/><b/>"],
    ['<a b="" b=""/>'],
    ["<a>\u0000</a>"],
    ["<a>&#0;</a>"],
    ['<?xml version="1.0" encoding="utf-16"?><a/>'],
    [`${"<a>".repeat(33)}${"</a>".repeat(33)}`],
  ])("%j", (text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });
});

test("what is written is read as the same, whatever is in it", () => {
  const text = "a & b < c > \"d\" 'e' \r\n\t]]> é 👍";
  const written = toXml(tag(dav("a"), [tag("{urn:own&}b", [text], { c: text.replaceAll(/\s/g, " ") })]));
  const [inner] = parseXml(written).children;
  expect([inner?.name, inner?.text]).toEqual(["{urn:own&}b", text]);
  expect(inner?.attributes.get("c")).toBe(text.replaceAll(/\s/g, " "));
});

test("what XML cannot hold is shown as missing", () => {
  expect(escapeXml("a\u0000\u001f\uD800\uFFFEb")).toBe("a\uFFFD\uFFFD\uFFFD\uFFFDb");
});
