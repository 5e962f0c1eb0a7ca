import {
  type Access,
  contract,
  type Endpoint,
  type Outcome,
  type Persona,
  personas,
  type Row,
} from "@jarvis/contract";
import { type Cast, type Shape, shapes } from "./cast.ts";
import type { EndpointName } from "./samples.ts";

/** Whose the thing is that a call names. */
export type Target = "own" | "another" | "missing" | "malformed" | OccurrenceTarget;
/** Of a series in which the caller stands as the persona says, of one of strangers, or of none. */
export type OccurrenceTarget = "occurrence" | "foreign_occurrence" | "forged";
/** What a path names beside it: what is usual, or something else. */
export type Inner = "usual" | "self" | "missing" | "malformed";

export interface Cell {
  readonly persona: Persona;
  readonly target: Target;
  readonly inner: Inner;
  readonly shape: Shape;
  readonly expected: Outcome;
  /** Picks one of the malformed ids. */
  readonly number: number;
}

export const endpoints = Object.values(contract).flatMap((group) =>
  // The keys of all groups are what the type is made of.
  Object.entries<Endpoint>(group).map(([name, endpoint]) => ({ name: name as EndpointName, endpoint })),
);

/** All cells of one row of the contract. */
export function cellsOf(access: Access): Cell[] {
  return personas.flatMap((persona, number) =>
    placesOf(access).map(({ row, target, inner, shape }) => ({
      persona,
      target,
      inner,
      shape,
      expected: row[persona],
      number,
    })),
  );
}

/** The same calls of occurrences of a series: what is about an event may name one. */
export function occurrenceCellsOf(access: Access): Cell[] {
  if (access.about !== "event" && access.about !== "poll") return [];
  const rows = access.occurrence ?? access;
  const places: Place[] = shapes.map((shape) => ({
    target: "occurrence",
    inner: "usual",
    shape,
    row: rows[shape === "open" ? "own" : shape],
  }));
  for (const inner of ["self", "missing", "malformed"] as const) {
    const row = rows.inner?.[inner];
    if (row !== undefined) places.push({ target: "occurrence", inner, shape: "open", row });
  }
  places.push({ target: "foreign_occurrence", inner: "usual", shape: "open", row: access.another });
  places.push({ target: "forged", inner: "usual", shape: "open", row: access.missing });
  return personas.flatMap((persona, number) =>
    places.map(({ row, target, inner, shape }) => ({
      persona,
      target,
      inner,
      shape,
      expected: row[persona],
      number,
    })),
  );
}

type Place = Pick<Cell, "target" | "inner" | "shape"> & { row: Row };

/** Where a call can point, and the row that holds there. */
function placesOf(access: Access): Place[] {
  const places: Place[] = shapesOf(access).map((shape) => ({
    target: "own",
    inner: "usual",
    shape,
    row: access[shape === "open" ? "own" : shape],
  }));
  if (access.about === "nothing") return places;
  for (const target of ["another", "missing", "malformed"] as const)
    places.push({ target, inner: "usual", shape: "open", row: access[target] });
  for (const inner of ["self", "missing", "malformed"] as const) {
    const row = access.inner?.[inner];
    if (row !== undefined) places.push({ target: "own", inner, shape: "open", row });
  }
  return places;
}

function shapesOf({ about }: Access): readonly Shape[] {
  return about === "nothing" || about === "person" ? ["open"] : shapes;
}

export function malformedId(cast: Cast, number: number): string {
  const ids = [
    "not-an-id",
    cast.me.id.toUpperCase(),
    "__proto__",
    "constructor",
    `${cast.event} `,
    `${cast.event}/`,
    "0",
    "-1",
    "' or 1=1 --",
    "\u0000",
    "*",
    "null",
    `{${cast.event}}`,
    cast.event.replaceAll("-", ""),
    "ａｂｃ",
    "%2e%2e",
  ];
  return ids[number % ids.length] ?? "not-an-id";
}

/** What looks like an occurrence and is none, whoever asks. */
export function forgedId({ event, foreign, original, missing }: Cast, number: number): string {
  const ids = [
    `${event}_${original + 1}`,
    `${event}_0`,
    `${event}_-${original}`,
    `${event}_999999999999`,
    `${event}_9999999999999999999999`,
    `${event}_0${original}`,
    `${event}_${original}.0`,
    `${event}_+${original}`,
    `${event}_${original} `,
    `${event}_${original}_${original}`,
    // Arabic-Indic digits.
    `${event}_${String(original).replaceAll(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)))}`,
    `${event.toUpperCase()}_${original}`,
    `${event}_`,
    `${missing}_${original}`,
    `${foreign}_${original + 1}`,
    `${event}_${original}\u0000`,
  ];
  return ids[number % ids.length] ?? event;
}

/** The id that a call names first. */
export function targetId(access: Access, cast: Cast, { target, number }: Cell): string {
  if (target === "missing") return cast.missing;
  if (target === "malformed") return malformedId(cast, number);
  if (target === "occurrence") return cast.occurrence;
  if (target === "foreign_occurrence") return cast.foreignOccurrence;
  if (target === "forged") return forgedId(cast, number);
  if (access.about === "photo") return target === "own" ? cast.photo : cast.foreignPhoto;
  if (access.about === "person") return target === "own" ? cast.me.id : cast.owner.id;
  return target === "own" ? cast.event : cast.foreign;
}

export function nameOf(what: string, { persona, target, inner, shape }: Cell): string {
  return [what, persona, target, inner === "usual" ? "" : `inner ${inner}`, shape]
    .filter((part) => part !== "")
    .join(" · ");
}

/** Does the tasks a few at a time, so that units of work share commits. */
export async function inParallel<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await task(item);
  };
  await Promise.all(Array.from({ length: 24 }, worker));
}
