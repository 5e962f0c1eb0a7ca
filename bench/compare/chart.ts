import { us } from "./bars.ts";
import type { PeerReport, Report, Spread } from "./report.ts";

const width = 860;
const labelWidth = 270;
const barHeight = 18;
const gap = 6;
const head = 40;

interface Bar {
  readonly label: string;
  readonly value: Spread;
  readonly own: boolean;
}

/** Horizontal bars, shorter is better; a picture that reads in light and dark pages alike. */
export function chartOf({ peers, listeners }: Report): string {
  const charts = [
    {
      title: `CPU per delivery to ${listeners} listeners, one message at a time`,
      bars: barsOf(peers, "alone"),
    },
    { title: `CPU per delivery to ${listeners} listeners, bursts of 10`, bars: barsOf(peers, "bursts") },
    { title: "CPU per acknowledged send, 64 in flight", bars: barsOf(peers, "sendCpu") },
  ];
  const parts: string[] = [];
  let y = 10;
  for (const { title, bars } of charts) {
    if (bars.length === 0) continue;
    parts.push(...drawn(title, bars, y));
    y += head + bars.length * (barHeight + gap) + 14;
  }
  const style =
    "text{font:13px system-ui,sans-serif;fill:#222}.title{font-weight:600}.own{fill:#0b7a4b}.peer{fill:#8a94a6}.range{stroke:#222;stroke-width:1}";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" role="img">`,
    `<title>CPU of the server in microseconds; shorter is better</title>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${y}" fill="#fff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function barsOf(peers: readonly PeerReport[], which: "alone" | "bursts" | "sendCpu"): Bar[] {
  return peers
    .flatMap((peer) => {
      const value = peer[which];
      return value === null ? [] : [{ label: peer.name, value, own: peer.name === "Jarvis" }];
    })
    .toSorted((a, b) => a.value.median - b.value.median);
}

function drawn(title: string, bars: readonly Bar[], top: number): string[] {
  const most = Math.max(...bars.map(({ value }) => value.max));
  const scale = (width - labelWidth - 110) / most;
  const lines = [
    `<text class="title" x="10" y="${top + 18}">${escaped(title)} (µs, shorter is better)</text>`,
  ];
  for (const [index, { label, value, own }] of bars.entries()) {
    const y = top + head - 10 + index * (barHeight + gap);
    const middle = y + barHeight / 2;
    const end = labelWidth + value.max * scale;
    lines.push(
      `<text x="${labelWidth - 8}" y="${y + 14}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${own ? "own" : "peer"}" x="${labelWidth}" y="${y}" width="${(value.median * scale).toFixed(1)}" height="${barHeight}"/>`,
      `<line class="range" x1="${(labelWidth + value.min * scale).toFixed(1)}" x2="${end.toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${(end + 6).toFixed(1)}" y="${y + 14}">${us(value.median)}</text>`,
    );
  }
  return lines;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
