import { type Clock, pause, systemClock } from "./clock.ts";

/** Holds a result back until so much time has passed since `work` began, where it is one that must not tell by its time what it was. */
export async function atLeast<T>(
  ms: number,
  work: () => Promise<T>,
  isHeldBack: (result: T) => boolean,
  clock: Clock = systemClock,
): Promise<T> {
  const beganMs = clock.monotonic();
  const result = await work();
  if (isHeldBack(result)) await pause(clock, ms - (clock.monotonic() - beganMs));
  return result;
}
