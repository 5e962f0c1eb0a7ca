import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../test/support/free-port.ts";
import { until } from "../../../test/support/nodes/until.ts";

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:<port>`, as names of images begin. */
  readonly host: string;
}

/** Debian's registry of images, on loopback and over plain HTTP. */
export async function startRegistry(folder: string): Promise<Registry> {
  const port = await freePort();
  const storage = join(folder, "registry");
  mkdirSync(storage, { recursive: true });
  const config = join(folder, "registry.yml");
  writeFileSync(
    config,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: storage } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const child = Bun.spawn(["docker-registry", "serve", config], { stdout: "ignore", stderr: "ignore" });
  await until(() =>
    fetch(`http://127.0.0.1:${port}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}
