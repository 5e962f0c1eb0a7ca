import type { PositionFrame } from "@jarvis/contract";
import type { Person } from "./people.ts";

const cell = 13;
const margin = 10;

/** One line for each person: where they see the others, what is unread, and the last line of the chat. */
export function renderTable(people: readonly Person[], title: string): string {
  const header = ["".padEnd(margin), ...people.map(({ name, by }) => `${name} (${by})`.padEnd(cell))].join(
    "",
  );
  const rows = people.map((viewer) => renderRow(viewer, people));
  return [title, `${header}unread  last line`, ...rows].join("\n");
}

function renderRow(viewer: Person, people: readonly Person[]): string {
  const cells = people.map((other) => {
    const text = other === viewer ? "·" : renderPosition(viewer.view.positions.get(other.id), other);
    return text.padEnd(cell);
  });
  const last = viewer.view.lastMessage;
  const author = people.find(({ id }) => id === last?.author?.id)?.name ?? "";
  const line = last ? `${author}: ${last.text}` : "";
  return `${`${viewer.name} sees`.padEnd(margin)}${cells.join("")}${String(viewer.view.unread).padEnd(8)}${line}`;
}

function renderPosition(row: PositionFrame | undefined, other: Person): string {
  if (!row) return "not yet";
  if (row.state !== "travelling") return row.state;
  if (row.distance_m === undefined || row.distance_m === null) return "on the way";
  const about = other.precision === "coarse" ? "about " : "";
  return row.distance_m < 1_000 && about === ""
    ? `${Math.round(row.distance_m)} m`
    : `${about}${(row.distance_m / 1_000).toFixed(about ? 0 : 1)} km`;
}

export interface Screen {
  draw(text: string): void;
  /** The last state is seen for certain. */
  finish(): void;
}

/** Draws in place on a terminal; elsewhere appends a snapshot now and then, and the last. */
export function createScreen(out: NodeJS.WriteStream, everyNth = 5): Screen {
  return out.isTTY ? redrawing(out) : appending(out, everyNth);
}

function redrawing(out: NodeJS.WriteStream): Screen {
  let lines = 0;
  return {
    draw(text) {
      const clipped = text.split("\n").map((line) => line.slice(0, out.columns));
      const up = lines > 0 ? `\u001b[${lines}A` : "";
      out.write(`${up}\u001b[0J${clipped.join("\n")}\n`);
      lines = clipped.length;
    },
    finish: () => void out.write("\n"),
  };
}

function appending(out: NodeJS.WriteStream, everyNth: number): Screen {
  let drawn = 0;
  let unseen: string | undefined;
  return {
    draw(text) {
      const shown = drawn++ % everyNth === 0;
      unseen = shown ? undefined : text;
      if (shown) out.write(`${text}\n\n`);
    },
    finish() {
      if (unseen !== undefined) out.write(`${unseen}\n\n`);
    },
  };
}
