/** Texts that RFC 8259 does not allow, by what is wrong with them: neither alone nor as a field of an object. */
export const malformed: Readonly<Record<string, readonly string[]>> = {
  "nothing but space": ["", " ", "\n\t\r "],
  "structure without an end": ["{", "[", '{"a"', '{"a":', '{"a":1', "[1", "[1,", '["a', '{"a":[}'],
  "an end without a beginning": ["}", "]", "1]", "{}}", "[]]", "[1}", '{"a":1]'],
  commas: ["[1,]", "[,1]", "[1,,2]", "[,]", '{"a":1,}', '{,"a":1}', '{"a":1,,"b":2}', "[1 2]", "1,"],
  colons: ['{"a" 1}', '{"a"::1}', '{"a",1}', '["a":1]', "{:1}"],
  "keys that are no texts": ["{a:1}", "{'a':1}", "{1:1}", "{null:1}", '{["a"]:1}'],
  "more than one value": ["{}{}", "1 2", "[][]", "null null", '{"a":1}"a"', "{}#", "{}//", "[1]x"],
  comments: ["/**/{}", "{}/* */", "[1]//", "# a\n1", '{"a":/**/1}', "<!-- -->1"],
  numbers: [
    ...["+1", "01", "-01", "1.", ".5", "-.5", "-", "--1", "1e", "1e+", "1E-", "1.e1", "1e1.5", "0e", "1_000"],
    ...["0x10", "0b1", "0o7", "1n", "1,5", "1a", "- 1", "1 e1", "１", "٣", "NaN", "-NaN"],
    ...["Infinity", "-Infinity", "∞"],
  ],
  words: ["tru", "True", "TRUE", "nul", "nulll", "false1", "undefined", "yes", "None"],
  texts: [
    ...[
      "'a'",
      "`a`",
      "a",
      '"a',
      'a"',
      '"\\"',
      '"\\x61"',
      '"\\a"',
      '"\\u"',
      '"\\u12"',
      '"\\u12G4"',
      '"\\U0041"',
    ],
    ...['"\\\n"', '"a\nb"', '"a\tb"', '"a\rb"', '"\u0000"', '"\u001f"', "“a”", '"""', '"a""b"'],
  ],
  "characters that look like space": [
    "\u00a01",
    "\u20281",
    "\u20601",
    "\u000b1",
    "\u000c1",
    "[\u00a0]",
    "1\u0000",
  ],
  "byte order marks where none may be": ["\ufeff\ufeff{}", "{\ufeff}", "{}\ufeff", "[1,\ufeff2]"],
  "other notations": ["a: 1", "<a/>", "a=1&b=2", "(1)", "[...[1]]", "{...{}}", "new Date()", "\\u007b}"],
};

/** Sound values that parsers are known to trip over. */
export const sound: readonly string[] = [
  ...["null", "true", "false", '""', "[]", "{}", "[[]]", "[{}]", " \t\r\n[ ]\n", '{ "" : { "" : [ ] } }'],
  ...["0", "-0", "-0.0", "1.0", "1e2", "1E+2", "1e-2", "0e0", "0e+1", "-1.5e-7", "1e400", "-1e400", "1e-400"],
  ...["9007199254740993", "123456789012345678901234567890", `1${"0".repeat(400)}`, `0.${"3".repeat(400)}`],
  ...['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"a":{},"a":[]}', '{"__proto__":1,"__proto__":2}'],
  ...[String.raw`"\ud800"`, String.raw`"\udc00"`, String.raw`"\udc00\ud800"`, String.raw`{"\ud800":1}`],
  ...[String.raw`"\ud83d\ude00"`, String.raw`"\u0000"`, String.raw`"\"\\\/\b\f\n\r\t"`, String.raw`"\u2028"`],
  ...['"\u2028\u2029"', '"\u007f"', '"\ufeff"', '"\uffff\u{10ffff}"', '"😀"', '"//"', '"/**/"', '"[{,}]"'],
];

/** Bytes that are no UTF-8, inside a text. */
export const notUtf8: Readonly<Record<string, readonly number[]>> = {
  "a continuation without a beginning": [0x80],
  "a beginning without a continuation": [0xc3],
  "an overlong slash": [0xc0, 0xaf],
  "an overlong NUL": [0xc0, 0x80],
  "half a surrogate pair": [0xed, 0xa0, 0x80],
  "a pair of encoded surrogates": [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  "beyond the last code point": [0xf4, 0x90, 0x80, 0x80],
  "five bytes for one": [0xf8, 0x88, 0x80, 0x80, 0x80],
  "a character cut off": [0xe2, 0x82],
  "Latin-1": [0xe9],
};
