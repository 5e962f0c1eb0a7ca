import { expect, test } from "bun:test";

const written = 100_000;
/** Says on the other output when everything has been logged. */
const script = `
  import { createLog } from ${JSON.stringify(new URL("log.ts", import.meta.url).pathname)};
  const log = createLog("info");
  for (let line = 0; line < ${written}; line++) log.info({ line, padding: "x".repeat(100) }, "request");
  process.stderr.write("done");
`;

test("a log that nobody takes does not grow for ever, and says how many lines it has lost", async () => {
  await using child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
  const { value } = await child.stderr.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("done");
  const text = await new Response(child.stdout).text();
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
  const logged = lines.filter(({ line }) => line !== undefined);
  const lost = lines.find(({ msg }) => msg === "lines of this log were lost, because nobody took them");
  expect(text.length).toBeLessThan(8 * 1024 * 1024);
  expect(lost?.["lines"]).toBe(written - logged.length);
  expect(logged.map(({ line }) => line)).toEqual(Array.from(logged, (_, line) => line));
});
