import { ms, us } from "./bars.ts";
import type { PeerReport, Report, Spread } from "./report.ts";

export function markdownOf(report: Report): string {
  return `${[
    "# Against its peers",
    facts(report),
    "![CPU per delivery and per durable send](peers.svg)",
    "## Bars",
    barsTable(report),
    "## Peers",
    peersTable(report.peers),
    method(report),
    "## Acknowledgements at 2,000 sends a second",
    latencyTable(report),
    "## Growth",
    growthTable(report),
    "## Reconnecting and isolation",
    "Measured by scripts of their own, `bench/reconnect.ts` and `bench/isolation.ts`; no part of this run.",
  ].join("\n\n")}\n`;
}

function facts({ date, machine, pinned, rounds, quick }: Report): string {
  const how = pinned ? "each server on core 0, the load on core 1" : "servers and load not pinned to cores";
  const run = `\`npm run bench -- --peers${quick ? " --quick" : ""}\``;
  return `Written by ${run} on ${date}. ${machine}; ${how}; medians of ${rounds} rounds that alternate between the servers, with the least and the most.`;
}

function barsTable({ figures }: Report): string {
  const rows = figures.map(({ name, value, bar, holds }) => [
    name,
    value,
    bar,
    holds ? "holds" : "**missed**",
  ]);
  return table(["figure", "value", "bar", ""], rows);
}

function peersTable(peers: readonly PeerReport[]): string {
  const head = [
    "server",
    "version",
    "what an acknowledgement means",
    "CPU per delivery, one at a time",
    "bursts of 10",
    "CPU per send, 64 in flight",
    "sends/s",
  ];
  return table(
    head,
    peers.map(({ name, version, promise, note, alone, bursts, sendCpu, sendRate }) => [
      name,
      version,
      note === null ? promise : `${promise}. **${note}**`,
      spread(alone, us),
      spread(bursts, us),
      spread(sendCpu, us),
      spread(sendRate, (value) => String(Math.round(value))),
    ]),
  );
}

function method({ listeners }: Report): string {
  return [
    `A chat of ${listeners} connections; one of them writes a text of 40 bytes, all of them get it, the author included, and`,
    "each delivery is counted where it arrives. CPU is user and system time of the server's whole process tree, as the kernel",
    "accounts it. Before, everybody is warmed up with 100,000 messages to one connection, or for six rounds' time. One at a",
    "time: the next message is sent when the last one has reached everybody. Jarvis, ejabberd with its",
    "archive and Fastify store each message before they deliver it, the others store nothing. Loads are raw sockets in one",
    "process. Sends: one author in a chat of their own; the bare handler answers HTTP requests on 64 connections.",
    "ejabberd has one scheduler that does not spin while it waits, and its archive's SQLite file is in WAL: both in its favour.",
    "That the archive is on is checked: it has to answer a query (XEP-0313) with the number of messages that were sent.",
  ].join("\n");
}

function latencyTable({ latency }: Report): string {
  const column = (pick: (round: Report["latency"]["rounds"][number]) => number) => {
    const values = latency.rounds.map(pick);
    return `${ms(Math.min(...values))}–${ms(Math.max(...values))}`;
  };
  return table(
    ["", "median of the rounds", "least–most"],
    [
      [
        "bare commit of one row (WAL, synchronous=FULL), median",
        ms(latency.commit),
        column(({ commit }) => commit),
      ],
      ["acknowledgement, p50", ms(latency.p50), column(({ p50 }) => p50)],
      ["acknowledgement, p99", ms(latency.p99), column(({ p99 }) => p99)],
    ],
  );
}

function growthTable({ growth }: Report): string {
  const rows = growth.flatMap(({ name, steps }) =>
    steps.map(({ value, cpu }) => [name, value.toLocaleString("en"), spread(cpu, us)]),
  );
  return table(["CPU", "at", "median (least–most)"], rows);
}

function spread(value: Spread | null, format: (value: number) => string): string {
  if (value === null) return "–";
  return `${format(value.median)} (${format(value.min)}–${format(value.max)})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
