/** A call that a burst makes. */
export interface BurstCall {
  readonly url: string;
  readonly method: string;
  readonly token: string;
  readonly body?: unknown;
}

interface Order {
  readonly calls: readonly BurstCall[];
  readonly times: number;
}

/** Makes calls in a process of its own: what measures meanwhile has nothing to do with them. */
interface Burst extends AsyncDisposable {
  /** Makes these calls at once, so many times, and gives the statuses of the answers. */
  run(calls: readonly BurstCall[], times: number): Promise<number[]>;
}

export async function startBurst(): Promise<Burst> {
  const told: ((said: number[]) => void)[] = [];
  const next = () => new Promise<number[]>((resolve) => told.push(resolve));
  const ready = next();
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (said: number[]) => told.shift()?.(said),
  });
  const ended = child.exited.then((): never => {
    throw new Error("the burst ended by itself");
  });
  ended.catch(() => {}); // whoever waits for an answer hears of it
  await Promise.race([ready, ended]);
  return {
    run(calls, times) {
      const statuses = next();
      child.send({ calls, times } satisfies Order);
      return Promise.race([statuses, ended]);
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

async function make({ url, method, token, body }: BurstCall): Promise<number> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function obey({ calls, times }: Order): Promise<void> {
  const statuses: number[] = [];
  for (let turn = 0; turn < times; turn++) statuses.push(...(await Promise.all(calls.map(make))));
  process.send?.(statuses);
}

if (import.meta.main) {
  process.on("message", (order: Order) => void obey(order));
  process.send?.([]); // it is there
}
