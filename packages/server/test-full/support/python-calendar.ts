import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("read-calendar.py", import.meta.url));

/** Asks python3-icalendar, which the Debian package of that name brings for Debian's own Python. */
async function ask<T>(what: string, ...given: unknown[]): Promise<T> {
  const python = Bun.spawn(["/usr/bin/python3", script], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  await python.stdin.write(JSON.stringify({ what, with: given }));
  await python.stdin.end();
  const [answer, complaint] = await Promise.all([
    new Response(python.stdout).text(),
    new Response(python.stderr).text(),
  ]);
  if ((await python.exited) !== 0) throw new Error(complaint);
  return JSON.parse(answer) as T; // the script writes what the name of the question says
}

/** The instants, in unix seconds, of local times as a `VTIMEZONE` alone says them. */
export function instantsBy(calendar: string, locals: readonly string[]): Promise<number[]> {
  return ask("instants", calendar, locals);
}

/** Every component, the calendar first, with the names of its properties. */
export function componentsOf(calendar: string): Promise<{ name: string; properties: string[] }[]> {
  return ask("components", calendar);
}

/** One property of every event that has it. */
export function textsOf(calendar: string, name: string): Promise<string[]> {
  return ask("texts", calendar, name);
}

export type OccurrenceRow = [uid: string, start: number | string, summary: string, status: string];

/** What takes place from … to, in unix seconds: rules expanded, exceptions applied. */
export function occurrencesIn(calendar: string, from: number, to: number): Promise<OccurrenceRow[]> {
  return ask("occurrences", calendar, from, to);
}
