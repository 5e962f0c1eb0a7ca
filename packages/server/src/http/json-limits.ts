import { limits } from "@jarvis/contract";

export type Excess = "depth" | "items";

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/**
 * What a JSON text has too much of, fields that nobody reads included: found by one pass over the text, before it is
 * parsed, because nesting would overflow the stack of code that walks the value later. The text need not be valid.
 */
export function excessOf(text: string): Excess | null {
  // Shorter texts cannot reach a limit: a level takes two characters, an item as well.
  if (text.length <= 2 * Math.min(limits.jsonDepth, limits.arrayItems)) return null;
  /** For each array or object around this place: the commas of the array so far. */
  const commas: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) i = endOfText(text, i);
    else if (code === openArray) commas.push(0);
    else if (code === openObject) commas.push(Number.NEGATIVE_INFINITY);
    else if (code === closeArray || code === closeObject) commas.pop();
    else if (code === comma && commas.length > 0) {
      const count = (commas.pop() ?? 0) + 1;
      if (count >= limits.arrayItems) return "items";
      commas.push(count);
    }
    if (commas.length > limits.jsonDepth) return "depth";
  }
  return null;
}

/** Where the text that begins here has its closing quote. */
function endOfText(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) return i;
    if (code === backslash) i++;
  }
  return text.length;
}
