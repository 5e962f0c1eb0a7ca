import type { PositionFrame } from "@jarvis/contract";
import type { Person } from "./people.ts";

const cell = 25;
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
  return [renderDistance(row.distance_m, other), row.mode, renderEta(row)].filter(Boolean).join(" ");
}

function renderDistance(metres: number, { precision }: Person): string {
  const about = precision === "coarse" ? "about " : "";
  return metres < 1_000 && about === ""
    ? `${Math.round(metres)} m`
    : `${about}${(metres / 1_000).toFixed(about ? 0 : 1)} km`;
}

/** When they will be there, and within what of it in 8 of 10 cases. */
function renderEta({ eta_s, eta_margin_s }: PositionFrame): string {
  if (eta_s === undefined || eta_s === null) return "";
  return `${toMinutes(eta_s)}±${toMinutes(eta_margin_s ?? 0)} min`;
}

function toMinutes(seconds: number): number {
  return Math.ceil(seconds / 60);
}

export interface Screen {
  draw(text: string): void;
  /** The last state is seen for certain. */
  finish(): void;
}

/** Draws in place on a terminal; elsewhere appends a snapshot now and then, and the last. */
export function createScreen(out: NodeJS.WriteStream, everyNth = 10): Screen {
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
