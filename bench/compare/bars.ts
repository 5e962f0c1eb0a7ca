import type { Figure, PeerReport, Report } from "./report.ts";

export interface Cast {
  readonly own: PeerReport;
  readonly limit: PeerReport;
  readonly handler: PeerReport;
  /** Whom both figures have to be below. */
  readonly rivals: readonly PeerReport[];
  readonly archive: PeerReport;
}

/** What was promised, and whether this run keeps it. A bar whose peer is not here is not held against us, nor for us. */
export function figuresOf(cast: Cast, latency: Report["latency"], growth: Report["growth"]): Figure[] {
  return [
    ...deliveryFigures(cast, "alone", "one at a time", 1.3),
    ...deliveryFigures(cast, "bursts", "bursts of 10", 3),
    ...sendFigures(cast),
    atMost("ack at 2,000 sends/s, p50 against a commit", latency.p50 / latency.commit, 5, ms(latency.p50)),
    atMost("ack at 2,000 sends/s, p99 against a commit", latency.p99 / latency.commit, 25, ms(latency.p99)),
    ...growth.map(({ name, steps }) => {
      const costs = steps.map(({ cpu }) => cpu.median);
      const most = Math.max(...costs.map((cost, i) => Math.max(...costs.slice(i)) / cost));
      return atMost(
        `growth ${name}`,
        most,
        1.5,
        steps.map(({ value, cpu }) => `${value}: ${us(cpu.median)}`).join(", "),
      );
    }),
  ];
}

function deliveryFigures(
  { own, limit, rivals }: Cast,
  which: "alone" | "bursts",
  name: string,
  bar: number,
): Figure[] {
  const cost = own[which]?.median;
  const least = limit[which]?.median;
  if (cost === undefined || least === undefined) return [];
  const against = atMost(`delivery, ${name}, against bare publish`, cost / least, bar, us(cost));
  const present = rivals.filter((rival) => rival[which] !== null);
  return [
    against,
    ...present.map((rival) => {
      const theirs = rival[which]?.median ?? Number.NaN;
      return {
        name: `delivery, ${name}, against ${rival.name}`,
        value: `${us(cost)} against ${us(theirs)}`,
        bar: "below",
        holds: cost < theirs,
      };
    }),
  ];
}

function sendFigures({ own, handler, archive }: Cast): Figure[] {
  const figures: Figure[] = [];
  if (own.sendRate !== null && archive.sendRate !== null) {
    const times = own.sendRate.median / archive.sendRate.median;
    figures.push({
      name: `durable sends, 64 in flight, against ${archive.name}`,
      value: `${times.toFixed(1)}× (${Math.round(own.sendRate.median)}/s)`,
      bar: "≥ 5×",
      holds: times >= 5,
    });
  }
  if (own.sendCpu !== null && handler.sendCpu !== null) {
    const cost = own.sendCpu.median;
    figures.push(
      atMost("durable send, CPU against the bare handler", cost / handler.sendCpu.median, 2, us(cost)),
    );
  }
  return figures;
}

function atMost(name: string, times: number, bar: number, absolute: string): Figure {
  return { name, value: `${times.toFixed(2)}× (${absolute})`, bar: `≤ ${bar}×`, holds: times <= bar };
}

export function us(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} µs`;
}

export function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}
