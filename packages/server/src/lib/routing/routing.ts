import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { osrmTable } from "./osrm.ts";
import type { Question, RouteMode, RoutePoint, RoutingTarget } from "./question.ts";
import { valhallaTable } from "./valhalla.ts";

const deadlineMs = 2_000;
const maxBytes = 256 * 1024;
/** After so many failures in a row it is left alone for a while. */
const maxFailures = 3;
const restMs = 60_000;
const longestS = 7 * 24 * 60 * 60;

/** How long the way is, by a router of the operator's. It never fails: without an answer it is not known. */
export class Routing {
  readonly #target: RoutingTarget;
  readonly #clock: Clock;
  readonly #log: Log;
  #failures = 0;
  #restsUntilMs = 0;
  #underWay = 0;

  constructor(target: RoutingTarget, { clock, log }: { clock: Clock; log: Log }) {
    this.#target = target;
    this.#clock = clock;
    this.#log = log;
  }

  get isResting(): boolean {
    return this.#clock.monotonic() < this.#restsUntilMs;
  }

  /** Seconds from each source to one place; null where the router does not answer, or is left alone. */
  async durations(
    mode: RouteMode,
    sources: readonly RoutePoint[],
    place: RoutePoint,
  ): Promise<(number | null)[] | null> {
    if (sources.length === 0 || this.isResting || this.#underWay >= maxUnderWay) return null;
    const { kind } = this.#target;
    const question = (kind === "osrm" ? osrmTable : valhallaTable)(this.#target, mode, sources, place);
    this.#underWay++;
    try {
      const durations = question.read(await this.#ask(question));
      if (durations.length !== sources.length) throw new Error("the answer has another number of sources");
      this.#failures = 0;
      return durations.map(plausible);
    } catch (error) {
      this.#failed(error);
      return null;
    } finally {
      this.#underWay--;
    }
  }

  /** The reason alone goes to the log: addresses here are made of where people are. */
  #failed(error: unknown): void {
    this.#failures++;
    if (this.#failures < maxFailures) return;
    this.#restsUntilMs = this.#clock.monotonic() + restMs;
    this.#failures = maxFailures - 1; // the first question after the rest decides
    const reason = error instanceof RouterError ? error.message : "no answer that can be read";
    this.#log.warn({ reason, restMs }, "the router is left alone for a while");
  }

  async #ask({ url, body }: Question): Promise<unknown> {
    const cut = new AbortController();
    const deadline = this.#clock.schedule(deadlineMs, () => cut.abort());
    try {
      const headers = { accept: "application/json", "content-type": "application/json" };
      const init = { redirect: "manual", signal: cut.signal, headers } as const;
      const response = await fetch(url, body === null ? init : { ...init, method: "POST", body });
      if (response.status !== 200) throw new RouterError(`status ${response.status}`);
      return JSON.parse(await readText(response));
    } finally {
      deadline.cancel();
      cut.abort(); // lets go of what was not read
    }
  }
}

const maxUnderWay = 8;

class RouterError extends Error {}

function plausible(seconds: number | null): number | null {
  return seconds !== null && Number.isFinite(seconds) && seconds >= 0 && seconds <= longestS ? seconds : null;
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new RouterError("the answer is too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
