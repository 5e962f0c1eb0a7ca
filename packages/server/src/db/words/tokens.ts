import { Database as SqliteFile } from "bun:sqlite";

/** Longer ones are kept by their beginning: no question is as long (`limits.searchCodePoints`). */
const longest = 256;

export interface Token {
  readonly word: string;
  /** Its number in the text. */
  readonly place: number;
}

/**
 * What FTS5 takes for the words of texts, told by FTS5 itself: in memory, so that another engine finds the same messages.
 */
export class Tokenizer {
  readonly #file = new SqliteFile(":memory:");
  readonly #add;
  readonly #list;
  readonly #forget;

  constructor() {
    this.#file.run(
      "create virtual table words using fts5(text, content = '', tokenize = 'unicode61 remove_diacritics 2')",
    );
    this.#file.run("create virtual table token using fts5vocab(words, instance)");
    this.#add = this.#file.query<null, [number, string]>("insert into words (rowid, text) values (?, ?)");
    this.#list = this.#file.query<{ word: string; text: number; place: number }, []>(
      `select term as word, doc as "text", "offset" as place from token`,
    );
    this.#forget = this.#file.query<null, []>("insert into words (words) values ('delete-all')");
  }

  /** Of each text its words. */
  tokensOf(texts: readonly string[]): Token[][] {
    const found: Token[][] = texts.map(() => []);
    try {
      for (const [index, text] of texts.entries()) this.#add.run(index + 1, text);
      for (const { word, text, place } of this.#list.all()) found[text - 1]?.push({ word: cut(word), place });
    } finally {
      this.#forget.run();
    }
    return found.map((tokens) => tokens.toSorted((a, b) => a.place - b.place));
  }
}

function cut(word: string): string {
  return word.length <= longest ? word : Array.from(word).slice(0, longest).join("");
}
