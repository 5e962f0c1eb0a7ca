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
  signs: ["+1", "-", "--1", "- 1", "-.5", "-NaN", "-Infinity"],
  "leading zeros": ["01", "-01", "00", "0_1", "000.5"],
  fractions: ["1.", ".5", "1,5", "1.e1", "1..2", "1.2.3"],
  exponents: ["1e", "1e+", "1E-", "0e", "1e1.5", "1 e1", "e1"],
  "numbers of other notations": ["0x10", "0b1", "0o7", "1n", "1_000", "1a", "１", "٣"],
  "no numbers": ["NaN", "Infinity", "∞"],
  words: ["tru", "True", "TRUE", "nul", "nulll", "false1", "undefined", "yes", "None"],
  quotes: ["'a'", "`a`", "a", '"a', 'a"', "“a”", '"""', '"a""b"'],
  escapes: ['"\\"', '"\\x61"', '"\\a"', '"\\u"', '"\\u12"', '"\\u12G4"', '"\\U0041"', '"\\\n"'],
  "control characters in texts": ['"a\nb"', '"a\tb"', '"a\rb"', '"\u0000"', '"\u001f"'],
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

const soundByKind: Readonly<Record<string, readonly string[]>> = {
  words: ["null", "true", "false"],
  structure: ["[]", "{}", "[[]]", "[{}]", " \t\r\n[ ]\n", '{ "" : { "" : [ ] } }'],
  numbers: ["0", "-0", "-0.0", "1.0", "1e2", "1E+2", "1e-2", "0e0", "0e+1", "-1.5e-7"],
  "too large or small to hold": ["1e400", "-1e400", "1e-400", "9007199254740993"],
  "many digits": ["123456789012345678901234567890", `1${"0".repeat(400)}`, `0.${"3".repeat(400)}`],
  "a key twice": ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"a":{},"a":[]}', '{"__proto__":1,"__proto__":2}'],
  "lone surrogates": ['"\\ud800"', '"\\udc00"', '"\\udc00\\ud800"', '{"\\ud800":1}'],
  escapes: ['"\\ud83d\\ude00"', '"\\u0000"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\u2028"'],
  texts: ['""', '"\u2028\u2029"', '"\u007f"', '"\ufeff"', '"\uffff\u{10ffff}"', '"😀"'],
  "texts like structure": ['"//"', '"/**/"', '"[{,}]"'],
};

/** Sound values that parsers are known to trip over. */
export const sound = Object.values(soundByKind).flat();

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
