/** Lets the event loop turn: reads wait for nothing, so that much work in a row would keep everybody else waiting. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
