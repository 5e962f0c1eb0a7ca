import { describe, expect, test } from "bun:test";
import { loadConfig, settings } from "../src/config.ts";

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  ports?: string[];
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

const root = new URL("../../../", import.meta.url).pathname;

async function read(file: string): Promise<Compose> {
  return Bun.YAML.parse(await Bun.file(root + file).text()) as Compose; // its own form is what the tests check
}

/** As Compose fills in `${NAME:-else}` and `${NAME:?why}`. */
function filledIn(text: string, values: Record<string, string>): string {
  return text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_, name: string, otherwise?: string) => {
    const value = values[name] ?? otherwise;
    if (value === undefined) throw new Error(`${name} is asked for`);
    return value;
  });
}

const given = { POSTGRES_PASSWORD: "letters1", JARVIS_PUBLIC_URL: "https://jarvis.example.org" };

describe.each(["compose.yaml", "compose.cluster.yaml"])("%s", (file) => {
  test("gives every server settings that it knows, and takes", async () => {
    const { services } = await read(file);
    const servers = Object.values(services).filter(({ build }) => build !== undefined);
    expect(servers.length).toBeGreaterThan(0);
    for (const { environment = {} } of servers) {
      const env = Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, filledIn(value, given)]),
      );
      expect(Object.keys(env).filter((name) => !Object.hasOwn(settings, name))).toEqual([]);
      expect(loadConfig(env).publicUrl).toBe("https://jarvis.example.org");
    }
  });

  test("runs servers with no right that they do not need, and lets them end in order", async () => {
    const { services, volumes } = await read(file);
    for (const [name, service] of Object.entries(services)) {
      for (const volume of service.volumes ?? [])
        if (!volume.startsWith("./")) expect(Object.keys(volumes)).toContain(volume.split(":")[0] ?? "");
      if (service.build === undefined) continue;
      expect([name, service]).toMatchObject([
        name,
        { read_only: true, tmpfs: ["/tmp"], cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] },
      ]);
      if (service.command?.[0] !== "migrate") expect(service.stop_grace_period).toBe("60s");
    }
  });

  test("shows one port to the world, and no store", async () => {
    const { services } = await read(file);
    const open = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).toEqual([file === "compose.yaml" ? "server" : "balancer"]);
  });
});

test("the servers of a cluster share a store, a bus and photos, and trust the balancer alone", async () => {
  const { services } = await read("compose.cluster.yaml");
  const environment = services["server"]?.environment ?? {};
  const { databaseUrl, bus, photos, trustedProxies } = loadConfig(
    Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filledIn(value, given)])),
  );
  expect(databaseUrl).toBe("postgres://jarvis:letters1@postgres/jarvis");
  expect(bus).not.toBeNull();
  expect(photos).toEqual({ kind: "folder", path: "/data/photos" });
  expect(trustedProxies).toEqual(loadConfig({ JARVIS_TRUSTED_PROXIES: "1" }).trustedProxies);
  expect(services["migrate"]?.environment).toEqual(environment);
});
