import type { PositionFrame } from "@jarvis/contract";
import type { Person } from "./people.ts";

const cell = 13;

/** One line for each person: where they see the others, what is unread, and the last line of the chat. */
export function renderTable(people: readonly Person[], title: string): string {
  const header = ["".padEnd(11), ...people.map(({ name, by }) => `${name} ${by}`.padEnd(cell + 4))].join("");
  const rows = people.map((viewer) => renderRow(viewer, people));
  return [title, `${header}unread  last line`, ...rows].join("\n");
}

function renderRow(viewer: Person, people: readonly Person[]): string {
  const cells = people.map((other) => {
    const text = other === viewer ? "·" : renderPosition(viewer.view.positions.get(other.id), other);
    return text.padEnd(cell + 4);
  });
  const last = viewer.view.lastMessage;
  const author = people.find(({ id }) => id === last?.author?.id)?.name ?? "";
  const line = last ? `${author}: ${last.text}` : "";
  return `${`${viewer.name} sees`.padEnd(11)}${cells.join("")}${String(viewer.view.unread).padEnd(8)}${line}`;
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

/** Draws in place on a terminal; elsewhere appends a snapshot now and then. */
export function createScreen(
  out: NodeJS.WriteStream,
  everyNth = 5,
): { draw(text: string, force?: boolean): void } {
  let lines = 0;
  let drawn = 0;
  return {
    draw(text, force = false) {
      if (out.isTTY) {
        const clipped = text.split("\n").map((line) => line.slice(0, out.columns));
        out.write(`${lines > 0 ? `\u001b[${lines}A` : ""}\u001b[0J${clipped.join("\n")}\n`);
        lines = clipped.length;
      } else if (force || drawn % everyNth === 0) {
        out.write(`${text}\n\n`);
      }
      drawn++;
    },
  };
}
