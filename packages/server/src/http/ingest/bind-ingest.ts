import { type IngestProtocol, ingestProtocols, limits } from "@jarvis/contract";
import type { Context as HonoContext } from "hono";
import type { Context } from "../../context.ts";
import { report, type Said } from "../../devices/reporting.ts";
import { findDevice, type KnownDevice, requireLive } from "../../devices/tokens.ts";
import { AppError } from "../../lib/app-error.ts";
import { addressOf, type App, type HttpEnv } from "../bind.ts";
import { readBytes } from "../body.ts";
import { discardBody } from "../discard.ts";
import { readInTime } from "../receiving.ts";
import { credentialOf } from "./credential.ts";
import { failure, optionsAnswer, plainHeaders } from "./failures.ts";
import type { IngestCounts } from "./ingest-metrics.ts";
import { ownTracksAnswer } from "./owntracks-answer.ts";
import { ingestMethods, ingestRoute, protocols } from "./protocols.ts";

type HttpContext = HonoContext<HttpEnv>;

interface Ingest {
  readonly ctx: Context;
  readonly counts: IngestCounts;
}

/** Positions from phones, in the words of their apps: neither our envelope nor our problem documents. */
export function bindIngest(app: App, ingest: Ingest): void {
  for (const protocol of ingestProtocols)
    app.on([...ingestMethods], ingestRoute(protocol), (c) => handle(ingest, protocol, c));
}

async function handle(ingest: Ingest, protocol: IngestProtocol, c: HttpContext): Promise<Response> {
  if (c.req.raw.method === "OPTIONS") return optionsAnswer();
  try {
    return await take(ingest, protocol, c);
  } catch (error) {
    await discardBody(c.req.raw);
    return failure(ingest.ctx, c, error);
  }
}

async function take(ingest: Ingest, protocol: IngestProtocol, c: HttpContext): Promise<Response> {
  const { ctx, counts } = ingest;
  const { device, isInHeader } = await authorize(ctx, c);
  const read = await readSent(ctx, protocol, c);
  // A body may be sent slowly: a device that was removed meanwhile is none.
  requireLive(ctx, device);
  const { outcomes, isHasty } = await report(ctx, device, protocol, read);
  counts.add(protocol, outcomes);
  const { type, body } = protocols[protocol].done;
  const isAnswered = protocol === "owntracks" && device.friends && isInHeader && !isHasty;
  const answer = isAnswered ? await ownTracksAnswer(ctx, device) : body;
  requireLive(ctx, device);
  return new Response(answer, { headers: { ...plainHeaders, "content-type": type } });
}

/** Wrong ones count for the address; a right one is taken however many there were, or strangers could silence a phone. */
async function authorize(
  ctx: Context,
  c: HttpContext,
): Promise<{ device: KnownDevice; isInHeader: boolean }> {
  const credential = credentialOf(c.req.raw.headers.get("authorization"), c.req.path);
  const device = credential === null ? null : await findDevice(ctx, credential.token);
  if (credential !== null && device !== null) return { device, isInHeader: credential.isInHeader };
  const address = addressOf(ctx, c);
  await ctx.rates.consume("deviceToken", () => ({ user: address, address }));
  throw new AppError("unauthenticated");
}

/** What is too large is dropped: refused, a phone would send it for ever. */
async function readSent(ctx: Context, protocol: IngestProtocol, c: HttpContext): Promise<Said> {
  const { raw } = c.req;
  try {
    const body = await readInTime(raw, c.env, () => readBytes(raw, limits.ingestBytes));
    const { headers, method } = raw;
    const query = queryOf(raw.url);
    const contentType = headers.get("content-type");
    const sent = { method, query, contentType, userAgent: headers.get("user-agent"), body };
    return protocols[protocol].read(sent, ctx.clock.now());
  } catch (error) {
    if (!(error instanceof AppError && error.code === "too_large")) throw error;
    await discardBody(raw);
    return { points: [], dropped: [{ code: "too_large", count: 1 }] };
  }
}

/** Most posts have none, and the rest of the address is known already. */
function queryOf(url: string): URLSearchParams {
  const begins = url.indexOf("?");
  return new URLSearchParams(begins < 0 ? "" : url.slice(begins + 1));
}
