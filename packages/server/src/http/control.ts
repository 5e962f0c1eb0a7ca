import { chmodSync, rmSync } from "node:fs";
import { errorTable } from "@jarvis/contract";
import { z } from "zod";
import { confirmEmail, resetPassword } from "../accounts/service.ts";
import type { Context } from "../context.ts";
import type { Database } from "../db/database.ts";
import { controlSocket } from "../db/local-files.ts";
import { AppError } from "../lib/app-error.ts";
import { type BackedUpFiles, type BackedUpPhotos, backUpWithPhotos } from "../photos/backup.ts";

/** What the operator may do from the command line. */
const operatorCommand = z.discriminatedUnion("command", [
  z.object({ command: z.enum(["confirm", "reset-password"]), email: z.string() }),
  z.object({ command: z.literal("backup"), file: z.string() }),
]);
export type OperatorCommand = z.output<typeof operatorCommand>;

const operatorAnswer = z.object({ ok: z.boolean(), text: z.string() });
export type OperatorAnswer = z.output<typeof operatorAnswer>;

export interface Control {
  stop(): Promise<void>;
}

/** Does it, and says in one line what was done. */
export async function runOperatorCommand(ctx: Context, asked: OperatorCommand): Promise<OperatorAnswer> {
  if (asked.command === "backup") return runBackup(ctx.db, ctx.photos, asked.file);
  const { command, email } = asked;
  try {
    if (command === "confirm") {
      await confirmEmail(ctx, email);
      return { ok: true, text: `${email} is confirmed` };
    }
    const { password, expiresMs } = await resetPassword(ctx, email);
    const until = new Date(expiresMs).toISOString();
    return { ok: true, text: `New password: ${password} (until ${until}; its owner sets another before)` };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const reason = error.code === "not_found" ? "No account has this address" : errorTable[error.code].title;
    return { ok: false, text: error.details.detail ?? reason };
  }
}

/** What goes wrong is the operator's to mend: a name that is taken, a disk that is full. */
export async function runBackup(db: Database, files: BackedUpFiles, target: string): Promise<OperatorAnswer> {
  try {
    const { file, bytes, photos } = await backUpWithPhotos(db, files, target);
    return { ok: true, text: `Backed up to ${file} (${bytes} bytes, checked)${photosText(photos)}` };
  } catch (error) {
    return {
      ok: false,
      text: `No backup was made: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function photosText({ count, place }: BackedUpPhotos): string {
  if (count === 0) return "";
  return place === null ? `; its ${count} photos stay in the bucket` : `, and ${count} photos to ${place}`;
}

/**
 * Takes the operator's commands on a Unix socket beside the database, since only this process may open the file. Who
 * may is decided by the socket's mode: this user alone.
 */
export function serveControl(ctx: Context): Control {
  const path = controlSocket(ctx.config.databaseUrl);
  if (path === null) return { stop: () => Promise.resolve() };
  // The database's lock is ours by now, so a socket that is there belongs to a server that is gone.
  rmSync(path, { force: true });
  const listening = listen(ctx, path);
  return {
    async stop() {
      await listening?.stop(true);
      rmSync(path, { force: true });
    },
  };
}

function listen(ctx: Context, path: string): Bun.Server<undefined> | null {
  const mask = process.umask(0o177);
  try {
    const server = Bun.serve({
      unix: path,
      fetch(request, peer) {
        peer.timeout(request, 0); // a backup takes as long as it takes
        return answer(ctx, request);
      },
    });
    chmodSync(path, 0o600);
    return server;
  } catch (error) {
    // A path of more than 100 or so characters cannot be a socket; the server is none the worse for it.
    ctx.log.warn({ error }, "operator commands will need the server to be stopped");
    return null;
  } finally {
    process.umask(mask);
  }
}

async function answer(ctx: Context, request: Request): Promise<Response> {
  const command = operatorCommand.safeParse(await request.json());
  if (!command.success) return Response.json({ ok: false, text: "This server does not know that command" });
  try {
    return Response.json(await runOperatorCommand(ctx, command.data));
  } catch (error) {
    ctx.log.error({ error, command: command.data.command }, "operator command failed");
    return Response.json({ ok: false, text: "It failed: the server's log says why" });
  }
}

/** Asks the server that has this database open; null when none is running. */
export async function askServer(
  databaseUrl: string,
  command: OperatorCommand,
): Promise<OperatorAnswer | null> {
  const unix = controlSocket(databaseUrl);
  if (unix === null) return null;
  const request = {
    unix,
    method: "POST",
    body: JSON.stringify(command),
    timeout: false,
  };
  const response = await fetch("http://jarvis/", request).catch(ifNobodyListens);
  return response === null ? null : operatorAnswer.parse(await response.json());
}

function ifNobodyListens(error: unknown): null {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (/^(?:ENOENT|ECONNREFUSED|ConnectionRefused|FailedToOpenSocket)$/.test(code)) return null;
  throw error;
}
