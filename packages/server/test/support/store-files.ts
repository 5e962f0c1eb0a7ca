import { expect } from "bun:test";
import type { World } from "./world.ts";

/**
 * Whether a number stands in the store's files, as SQLite writes a float: 8 bytes, big-endian. Another process looks,
 * because closing a file drops every lock that this one holds on it.
 */
export function fileHas(world: World, value: number): boolean {
  const needle = new DataView(new ArrayBuffer(8));
  needle.setFloat64(0, value);
  const script = `
    const needle = Buffer.from(process.argv[1], "hex");
    let found = 0;
    for (const suffix of ["", "-wal"])
      if (Buffer.from(await Bun.file(process.argv[2] + suffix).arrayBuffer()).includes(needle)) found++;
    console.log(found);`;
  const hex = Buffer.from(needle.buffer).toString("hex");
  const looked = Bun.spawnSync([process.execPath, "-e", script, hex, `${world.directory}/jarvis.db`]);
  expect(looked.exitCode).toBe(0);
  return Number(looked.stdout.toString()) > 0;
}
