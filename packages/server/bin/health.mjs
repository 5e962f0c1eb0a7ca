// Whether the server in this container is alive: exit code 0 or 1. It asks `/health`, not `/ready`: a server that waits for
// its database has to be left alone, not restarted.
const port = process.env["JARVIS_PORT"] || "3000";
try {
  const { ok, status } = await fetch(`http://127.0.0.1:${port}/health`, {
    signal: AbortSignal.timeout(4_000),
  });
  if (!ok) console.error(`/health answered ${status}`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(`no answer on port ${port}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
