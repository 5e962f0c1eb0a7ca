// Whether the server in this container is alive: exit code 0 or 1. It asks `/health`, not `/ready`: a server that waits for
// its database has to be left alone, not restarted.
const port = process.env["JARVIS_PORT"] || "3000";
const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4_000) }).catch(
  (error) => {
    console.error(`no answer on port ${port}: ${error instanceof Error ? error.message : error}`);
    return null;
  },
);
if (answer !== null && !answer.ok) console.error(`/health answered ${answer.status}`);
process.exitCode = answer?.ok ? 0 : 1;
