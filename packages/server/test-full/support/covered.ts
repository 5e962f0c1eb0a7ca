import { Session } from "node:inspector";
import { z } from "zod";

const coverage = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(
        z.object({
          ranges: z.array(z.object({ startOffset: z.number(), endOffset: z.number(), count: z.number() })),
        }),
      ),
    }),
  ),
});

/** Which characters of one script have run, as V8 tells it of every block. */
export class Covered {
  readonly #session = new Session();
  readonly #url: string;
  readonly #ran: Uint8Array;

  /** Before the script is loaded. */
  constructor(url: string, length: number) {
    this.#url = url;
    this.#ran = new Uint8Array(length);
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Adds what ran since the last time; whether any of it was new. */
  take(): boolean {
    const { result } = coverage.parse(this.#post("Profiler.takePreciseCoverage"));
    const script = result.find(({ url }) => url === this.#url);
    const ranges = (script?.functions ?? []).flatMap((one) => one.ranges);
    return this.#add(ranges.toSorted(outerFirst));
  }

  /** Where nothing ran, from the first character to after the last. */
  gaps(): [number, number][] {
    const gaps: [number, number][] = [];
    for (let at = 0; at < this.#ran.length; at += 1) {
      if (this.#ran[at] === 1) continue;
      const last = gaps.at(-1);
      if (last?.[1] === at) last[1] = at + 1;
      else gaps.push([at, at + 1]);
    }
    return gaps;
  }

  /** Ranges lie within each other, functions within the script: what the innermost says of a character counts. */
  #add(outerToInner: readonly Range[]): boolean {
    const now = new Uint8Array(this.#ran.length);
    for (const { startOffset, endOffset, count } of outerToInner)
      now.fill(Math.min(count, 1), startOffset, endOffset);
    let isNew = false;
    for (const [at, one] of now.entries()) {
      if (one === 0 || this.#ran[at] === 1) continue;
      this.#ran[at] = 1;
      isNew = true;
    }
    return isNew;
  }

  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    this.#session.post(method, parameters, (error: Error | null, result?: object) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  }
}

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

function outerFirst(one: Range, other: Range): number {
  return one.startOffset - other.startOffset || other.endOffset - one.endOffset;
}
