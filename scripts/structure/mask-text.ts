const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|[`{}]|\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;
const templateText = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;

/**
 * Blanks what is not code: the inside of comments, strings, templates and regular expressions, so that a
 * search finds code alone and at its own offset. A parser would do this too; TypeScript 7 ships none with
 * a stable interface, and for text that the formatter has normalised a scanner over literals is enough.
 */
export function maskText(text: string): string {
  const mask = new Mask(text);
  while (mask.next());
  return mask.result();
}

class Mask {
  readonly #text: string;
  #at = 0;
  #masked = "";
  /** For each open `${`, how many braces are open inside it. */
  readonly #templates: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  result(): string {
    return this.#masked;
  }

  /** Takes the code up to the next literal or brace, and that; `false` when the text has ended. */
  next(): boolean {
    token.lastIndex = this.#at;
    const match = token.exec(this.#text);
    if (!match) {
      this.#keep(this.#text.length);
      return false;
    }
    this.#keep(match.index);
    this.#takeToken(match[0]);
    return true;
  }

  #takeToken(word: string): void {
    if (/^\/[/*]/.test(word)) this.#blank(this.#at + word.length);
    else if (word === "{" || word === "}") this.#takeBrace(word === "{" ? 1 : -1);
    else if (word === "`") {
      this.#keep(this.#at + 1);
      this.#takeTemplate();
    } else if (word.startsWith("/") && !this.#mayStartRegularExpression()) this.#keep(this.#at + 1);
    else {
      const end = this.#at + word.length;
      this.#keep(this.#at + 1);
      this.#blank(end - 1);
      this.#keep(end);
    }
  }

  #takeBrace(change: 1 | -1): void {
    this.#keep(this.#at + 1);
    const depth = this.#templates.pop();
    if (depth === undefined) return;
    if (depth + change < 0) this.#takeTemplate();
    else this.#templates.push(depth + change);
  }

  /** From inside a template to its end, or to the code of its next `${`. */
  #takeTemplate(): void {
    templateText.lastIndex = this.#at;
    templateText.exec(this.#text);
    this.#blank(templateText.lastIndex);
    const opens = this.#text.startsWith("${", this.#at);
    if (opens) this.#templates.push(0);
    this.#keep(this.#at + (opens ? 2 : 1));
  }

  /** A `/` divides after a value and opens a regular expression anywhere else. */
  #mayStartRegularExpression(): boolean {
    const before = this.#masked.slice(-80).trimEnd();
    return !/[\w$)\]}"'`]$/.test(before) || /\b(?:return|typeof|case|in|of|await|yield)$/.test(before);
  }

  #keep(end: number): void {
    this.#masked += this.#text.slice(this.#at, end);
    this.#at = end;
  }

  #blank(end: number): void {
    this.#masked += this.#text.slice(this.#at, end).replace(/[^\n]/g, " ");
    this.#at = end;
  }
}
