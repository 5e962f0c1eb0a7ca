import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../src/http/version.ts";
import { until } from "../test/support/nodes/until.ts";
import { call, signUp } from "./support/client.ts";
import { bunBase, makeBases, nodeBase } from "./support/image/bases.ts";
import { Builder } from "./support/image/builder.ts";
import { type Container, Image, type ImageConfig } from "./support/image/container.ts";
import { type Registry, startRegistry } from "./support/image/registry.ts";
import { type Finding, findSecrets } from "./support/image/secrets.ts";
import { missing, run } from "./support/image/shell.ts";

const checkout = new URL("../../../", import.meta.url).pathname;
const tools = ["buildah", "skopeo", "docker-registry", "debootstrap", "unshare", "chroot"];
const lacking = [...missing(tools), ...(process.getuid?.() === 0 ? [] : ["root"])];
if (lacking.length > 0) tell(`The image is not built here: ${lacking.join(", ")} missing.`);

const mebibyte = 1024 * 1024;
/** Somebody's secrets, lying where a careless build would take them in. */
const planted =
  "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwqplanted\n";
const decoys = [
  ".env",
  "data/jarvis.db",
  "packages/server/.env.production",
  "packages/server/id_rsa",
  "scripts/image/data/x.db",
  "deploy.key",
];

/** Debian and Bun carry these themselves: keys that GnuTLS tests itself with, the word that Bun looks for in settings of npm. */
const ofTheBase = new Set([
  "/usr/local/bin/bun: npm token",
  "/usr/lib/x86_64-linux-gnu/libgnutls.so.30.34.3: private key",
  "/usr/lib/aarch64-linux-gnu/libgnutls.so.30.34.3: private key",
]);

interface Manifest {
  config: { digest: string };
  layers: { digest: string; size: number }[];
}

describe.skipIf(lacking.length > 0)("the image", () => {
  const folder = mkdtempSync(join(tmpdir(), "jarvis-image-"));
  const builder = new Builder(folder);
  let registry: Registry;
  let name: string;
  let root: string;
  let image: Image;
  let manifest: Manifest;

  beforeAll(async () => {
    const context = join(folder, "context");
    await copyCheckout(context);
    await makeBases(builder, folder);
    registry = await startRegistry(folder);
    name = `${registry.host}/jarvis/server`;
    await build(builder, context, "localhost/first");
    await build(builder, context, "localhost/second");
    await builder.buildah(
      "push",
      "--tls-verify=false",
      "--quiet",
      "localhost/first",
      `docker://${name}:${version}`,
    );
    manifest = JSON.parse(await inspect(name, "--raw")) as Manifest; // as the registry has it
    // What runs is what the registry gives back, by its digest.
    const digest = (await inspect(name, "--format", "{{.Digest}}")).trim();
    await builder.buildah("pull", "--tls-verify=false", "--quiet", `${name}@${digest}`);
    root = await builder.mount(`${name}@${digest}`);
    const { config } = JSON.parse(await inspect(name, "--config", "--raw")) as { config: ImageConfig }; // as the specification says
    image = new Image(root, config);
  }, 600_000);

  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await builder.buildah("rm", "--all");
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test("is built again to the same bytes", async () => {
    const [first = {}, second = {}] = await Promise.all(
      ["localhost/first", "localhost/second"].map(async (one) => {
        const said = JSON.parse(await builder.buildah("inspect", "--type", "image", one)) as {
          OCIv1: { rootfs: object };
        };
        return said.OCIv1.rootfs;
      }),
    );
    expect(second).toEqual(first);
  });

  test("is at most 130 MB as it is pushed, of which little is the server's own", () => {
    const sizes = manifest.layers.map(({ size }) => size);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    tell(
      `image: ${(total / mebibyte).toFixed(1)} MiB compressed, by layer ${sizes.map((size) => (size / mebibyte).toFixed(1)).join(" + ")}`,
    );
    expect(total).toBeLessThanOrEqual(130_000_000);
    expect(sizes.slice(1).reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000_000);
  });

  test("says how it is run: not as root, with its data apart, watched, stopped by a signal", () => {
    const { config } = image;
    expect(config).toMatchObject({
      User: "10001:10001",
      Volumes: { "/data": {} },
      ExposedPorts: { "3000/tcp": {} },
      Entrypoint: ["bun", "--no-install", "/app/packages/server/src/cli.ts"],
      Cmd: ["serve"],
      StopSignal: "SIGTERM",
    });
    expect(config.Healthcheck.Test.slice(0, 2)).toEqual(["CMD", "bun"]);
    expect(config.Labels).toMatchObject({
      "org.opencontainers.image.title": "Jarvis",
      "org.opencontainers.image.licenses": "AGPL-3.0-or-later",
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.revision": "abc",
    });
    expect(config.Env.filter((line) => /secret|password|token|key/i.test(line))).toEqual([]);
  });

  test("has no secret in any layer: neither those that lay beside the sources, nor anybody's (R12)", async () => {
    const layers = join(folder, "layers");
    await run([
      "skopeo",
      "copy",
      "--src-tls-verify=false",
      "--quiet",
      `docker://${name}:${version}`,
      `dir:${layers}`,
    ]);
    const found: Finding[] = [];
    for (const { digest } of manifest.layers) {
      const blob = digest.replace("sha256:", "");
      const tree = join(layers, `${blob}.tree`);
      mkdirSync(tree);
      await run(["tar", "--extract", "--gzip", "--file", join(layers, blob), "--directory", tree]);
      found.push(...findSecrets(tree));
    }
    expect(found.filter(({ path, what }) => !ofTheBase.has(`${path}: ${what}`))).toEqual([]);
    expect(found.length).toBeGreaterThan(0); // what the base has was looked at
    // The scan finds what it is there for.
    expect(findSecrets(join(folder, "context")).map(({ path }) => path)).toEqual(
      expect.arrayContaining(decoys.map((path) => `/${path}`)),
    );
    expect(readdirSync(join(root, "data"))).toEqual([]);
  }, 60_000);

  test("has a bill of materials that names every package in it, and no other", () => {
    const { components } = JSON.parse(readFileSync(join(root, "app/sbom.cdx.json"), "utf8")) as {
      components: { name: string; version: string; licenses?: object[] }[];
    };
    const listed = components.map((one) => `${one.name}@${one.version}`);
    expect([...new Set(listed)].toSorted()).toEqual(
      [...new Set(packagesIn(join(root, "app/node_modules")))].toSorted(),
    );
    expect(listed).toContainEqual(expect.stringMatching(/^hono@/));
    expect(components.filter(({ licenses }) => licenses === undefined)).toEqual([]);
  });

  test("runs read-only and as nobody in particular, is ready within two seconds, and keeps its data", async () => {
    const data = emptyData(folder);
    const started: number[] = [];
    for (const round of [1, 2, 3]) {
      await using container = await image.start(data);
      started.push(container.startMs);
      if (round === 1) await signUp(container.url, "ann");
      const login = { email: "ann@example.org", password: "correct horse" };
      expect((await call(container.url, "POST", "/login", login)).status).toBe(200);
      const probe =
        "id -u; touch /app/x /etc/x /usr/local/bin/x 2>&1 | grep -c 'Read-only'; touch /tmp/x /data/x && rm /data/x && echo writes";
      expect((await container.exec(["sh", "-c", probe])).output.split("\n")).toEqual([
        "10001",
        "3",
        "writes",
        "",
      ]);
      await stop(container);
    }
    tell(`image: ready after ${started.map((ms) => Math.round(ms)).join(", ")} ms`);
    expect(Math.min(...started)).toBeLessThanOrEqual(2_000);
  }, 60_000);

  test("answers whoever watches it, and the operator's commands", async () => {
    const data = emptyData(folder);
    const container = await image.start(data);
    await using _ = container;
    const health = image.config.Healthcheck.Test.slice(1);
    expect(await container.exec(health)).toEqual({ code: 0, output: "" });
    expect((await container.exec(["jarvis", "version"])).output.trim()).toBe(version);
    await signUp(container.url, "ann");
    expect(await container.exec(["jarvis", "backup", "/data/copy.db"])).toMatchObject({
      code: 0,
      output: expect.stringContaining("checked"),
    });
    await stop(container);
    expect(await container.exec(health)).toMatchObject({
      code: 1,
      output: expect.stringContaining("no answer"),
    });
  }, 60_000);

  test("case 76: process 1 gets the signal and ends in order, once or twice asked", async () => {
    const data = emptyData(folder);
    const once = await image.start(data);
    const beganMs = performance.now();
    await once.kill("SIGTERM");
    expect(await once.exited).toBe(0);
    expect(performance.now() - beganMs).toBeLessThan(25_000);
    const twice = await image.start(data, { JARVIS_DRAIN_SECONDS: "20" });
    await twice.kill("SIGTERM");
    await until(() => /"stopping"/.test(twice.output())); // signals that wait together count as one
    await twice.kill("SIGTERM");
    expect(await twice.exited).toBe(143);
  }, 60_000);

  test.each(["unset", "", "staging", "development"])(
    "case 40: with NODE_ENV %s nobody is let in who did not sign in",
    async (mode) => {
      const data = emptyData(folder);
      const container = await image.start(data, mode === "unset" ? {} : { NODE_ENV: mode });
      await using _ = container;
      for (const path of ["/debug", "/dev/login", "/test/login", "/__test__", "/admin", "/login/debug"])
        expect([path, (await call(container.url, "POST", path, { email: "a@example.org" })).status]).toEqual([
          path,
          404,
        ]);
      const headers = { authorization: "Bearer test", "x-user-id": "1", "x-debug": "1" };
      expect((await fetch(`${container.url}/user/1`, { headers })).status).toBe(401);
      await stop(container);
    },
    60_000,
  );

  async function copyCheckout(context: string): Promise<void> {
    mkdirSync(context, { recursive: true });
    const files = (await run(["git", "ls-files", "-z"], { cwd: checkout }))
      .split("\0")
      .filter((path) => path !== "");
    for (const path of files) cpSync(join(checkout, path), join(context, path), { recursive: true });
    for (const path of decoys) {
      mkdirSync(join(context, path, ".."), { recursive: true });
      writeFileSync(join(context, path), planted);
    }
  }
});

function build(builder: Builder, context: string, name: string): Promise<string> {
  const values = [`NODE_IMAGE=${nodeBase}`, `BUN_IMAGE=${bunBase}`, `VERSION=${version}`, "REVISION=abc"];
  const args = values.flatMap((value) => ["--build-arg", value]);
  const options = ["--format", "docker", "--no-cache", "--timestamp", "0", "--pull-never", "--quiet"];
  return builder.buildah("build", ...options, ...args, "--tag", name, context);
}

function inspect(name: string, ...args: string[]): Promise<string> {
  return run(["skopeo", "inspect", "--tls-verify=false", ...args, `docker://${name}:${version}`]);
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A volume as an engine makes it from the image: empty, and its user's. */
function emptyData(folder: string): string {
  const data = mkdtempSync(join(folder, "data-"));
  chownSync(data, 10_001, 10_001);
  return data;
}

async function stop(container: Container): Promise<void> {
  await container.kill("SIGTERM");
  expect(await container.exited).toBe(0);
}

/** `name@version` of whatever lies there, however deep. */
function packagesIn(modules: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(modules, { withFileTypes: true })) {
    const path = join(modules, entry.name);
    if (!entry.isDirectory() || entry.name === ".bin") continue;
    if (entry.name.startsWith("@")) {
      found.push(...packagesIn(path));
      continue;
    }
    const manifest: unknown = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    const { name, version: own } = Object(manifest) as { name?: string; version?: string };
    found.push(`${name}@${own}`);
    if (existsSync(join(path, "node_modules"))) found.push(...packagesIn(join(path, "node_modules")));
  }
  return found;
}
