import { AppError } from "../lib/app-error.ts";

/** What was planned outside of the unit of work is not of the event as it is now. */
export class Outdated extends Error {}

const attempts = 5;

/** Plans anew what has been overtaken by another change. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = attempts; left > 0; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
    }
  }
  throw new AppError("unavailable");
}
