/** A call that a burst makes. */
export interface BurstCall {
  readonly url: string;
  readonly method: string;
  readonly token: string;
  readonly body?: unknown;
}

/** Makes these calls at once, so many times, in a process of its own: what measures meanwhile has nothing to do with it. */
export async function burst(calls: readonly BurstCall[], times: number): Promise<number[]> {
  const child = Bun.spawn([process.execPath, import.meta.path, String(times)], {
    stdin: new Blob([JSON.stringify(calls)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const said = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("the burst failed");
  return JSON.parse(said) as number[]; // written below
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

if (import.meta.main) {
  const calls = (await Bun.stdin.json()) as BurstCall[]; // as `burst` has given it
  const statuses: number[] = [];
  for (let turn = 0; turn < Number(process.argv[2]); turn++)
    statuses.push(...(await Promise.all(calls.map(make))));
  process.stdout.write(JSON.stringify(statuses));
}
