import { Backend } from "./backend.ts";
import { play } from "./run.ts";
import type { Plan, Step } from "./steps.ts";

/** What is wrong with a history played on a store of its own. */
export async function violationsOf(plan: Plan): Promise<readonly string[]> {
  const backend = new Backend();
  await backend.open();
  try {
    return (await play(backend, plan)).violations;
  } finally {
    await backend.close();
  }
}

const maxTrials = 400;

/** The same history with as few steps as still go wrong: pieces are left out, smaller and smaller ones. */
export async function shrink(plan: Plan): Promise<Plan> {
  let { steps } = plan;
  let trials = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at + size <= steps.length && trials < maxTrials; trials++) {
      const fewer: readonly Step[] = steps.toSpliced(at, size);
      if ((await violationsOf({ ...plan, steps: fewer })).length > 0) steps = fewer;
      else at += size;
    }
  }
  return { ...plan, steps };
}

/** What a failure prints: enough to have it again, and to keep it. */
export async function describeFailure(plan: Plan, violations: readonly string[]): Promise<string> {
  const heading = `history ${plan.seed} goes wrong:\n  ${violations.slice(0, 5).join("\n  ")}`;
  if ((await violationsOf(plan)).length === 0)
    return `${heading}\nAlone it does not: it takes those before it. SIMULATION_FROM and SIMULATION_HISTORIES play them.`;
  const { steps, ...rest } = await shrink(plan);
  const lines = steps.map(({ kind, a, b, c }) => `    step("${kind}", ${a}, ${b}, ${c}),`);
  return `${heading}\nWith as few steps as go wrong (keep it in kept.ts):\n${JSON.stringify(rest)}\n${lines.join("\n")}`;
}
