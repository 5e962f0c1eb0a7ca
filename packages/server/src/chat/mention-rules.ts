import { limits, type UserId } from "@jarvis/contract";

/** A full-width sign is what some keyboards write. */
const signs = /[@\uff20\ufe6b]/;
const partOfWord = /[\p{L}\p{N}\p{M}_]/u;

/** Whether it is worth looking who is meant: false for nearly every message. */
export function mayMention(input: { text: string; mentions?: readonly UserId[] | undefined }): boolean {
  return input.mentions !== undefined || signs.test(input.text);
}

interface Member {
  id: UserId;
  username: string;
}

/**
 * The people whose name stands in a text behind an `@`, in its order, then those named beside it. The `@` of an address
 * and the beginning of a longer word name nobody.
 */
export function mentionsOf(
  input: { text: string; mentions?: readonly UserId[] | undefined },
  members: readonly Member[],
): UserId[] {
  const ids = new Set(members.map(({ id }) => id));
  const found = new Set(namedIn(fold(input.text), members));
  for (const id of input.mentions ?? []) if (ids.has(id)) found.add(id);
  return [...found].slice(0, limits.mentionsPerMessage);
}

/** The form in which letter case and spelling in Unicode make no difference. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

function* namedIn(text: string, members: readonly Member[]): Generator<UserId> {
  const byName = Map.groupBy(members, ({ username }) => fold(username));
  const lengths = lengthsByFirst([...byName.keys()]);
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (isInWord(text, at - 1)) continue;
    const name = nameAt(text, at + 1, lengths, byName);
    for (const { id } of byName.get(name) ?? []) yield id;
  }
}

/** The lengths of the names that begin with a character, longest first. */
function lengthsByFirst(names: readonly string[]): Map<string, number[]> {
  const sorted = [...names].sort((a, b) => b.length - a.length);
  const groups = Map.groupBy(sorted, (name) => name.charAt(0));
  return new Map([...groups].map(([first, some]) => [first, [...new Set(some.map(({ length }) => length))]]));
}

function nameAt(
  text: string,
  at: number,
  lengths: ReadonlyMap<string, number[]>,
  known: ReadonlyMap<string, unknown>,
): string {
  const candidates = lengths.get(text.charAt(at)) ?? [];
  const length = candidates.find((one) => known.has(text.slice(at, at + one)) && !isInWord(text, at + one));
  return length === undefined ? "" : text.slice(at, at + length);
}

function isInWord(text: string, at: number): boolean {
  const point = text.codePointAt(at);
  return point !== undefined && partOfWord.test(String.fromCodePoint(point));
}
