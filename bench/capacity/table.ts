export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Three figures are more than any of this is worth. */
export function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

export function time(ms: number): string {
  return ms < 1_000 ? `${number(ms)} ms` : `${number(ms / 1_000)} s`;
}
