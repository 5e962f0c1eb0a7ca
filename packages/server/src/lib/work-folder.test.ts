import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkFolder } from "./work-folder.ts";

const nowMs = 1_800_000_000_000;
const idAt = (ms: number): string => Bun.randomUUIDv7("hex", ms);

test("a server that starts takes away what crashed long ago, and nothing of a server beside it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "jarvis-work-"));
  try {
    const [mine, theirs] = [new WorkFolder(folder), new WorkFolder(folder)];
    const under = idAt(nowMs - 60_000);
    await using work = await theirs.take(under, [".bytes"]);
    writeFileSync(`${work.path}.bytes`, "a photo on its way");
    writeFileSync(join(folder, `${idAt(nowMs - 3_600_001)}.bytes`), "left by a crash");
    writeFileSync(join(folder, "strange"), "of no upload");
    mine.clearBefore(nowMs - 3_600_000);
    expect(readdirSync(folder)).toEqual([`${under}.bytes`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a server that has the folder alone takes everything away", () => {
  const folder = mkdtempSync(join(tmpdir(), "jarvis-work-"));
  writeFileSync(join(folder, idAt(nowMs)), "left by a crash");
  const work = new WorkFolder(folder);
  work.clear();
  work.clear(); // nothing is there any more
  work.clearBefore(nowMs);
  expect(() => readdirSync(folder)).toThrow("ENOENT");
});
