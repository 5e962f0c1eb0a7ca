import type { Endpoint } from "@jarvis/contract";
import type { SentDocument, Upload } from "../call.ts";
import { AppError } from "../lib/app-error.ts";
import type { Clock } from "../lib/clock.ts";
import { mediaTypeOf, toDocument, toUpload } from "./upload.ts";

/** How long a connection may be silent: longer than balancers keep theirs, so that they end them and not we. */
export const idleTimeoutS = 75;
const bodyTimeoutS = 20;
/** A photo or a calendar on a bad line; and what it may wait for its turn to be decoded afterwards. */
const uploadTimeoutS = 60;
const decodingTimeoutS = 200;

interface Timeouts {
  timeout(request: Request, seconds: number): void;
}

interface Receiving {
  readonly request: Request;
  readonly env: Timeouts;
  readonly clock: Clock;
  /** Throws where the caller has been signed out since they were authenticated. */
  readonly recheck: () => Promise<void>;
}

/** What is no JSON: it is read when the use case has found that it may be. Null where the body is JSON, or none. */
export function unreadBody(endpoint: Endpoint, receiving: Receiving): Upload | SentDocument | null {
  const { request, clock } = receiving;
  if (endpoint.upload !== undefined) {
    const upload = toUpload(request, endpoint.upload, clock);
    return { saveTo: (path, cut) => receive(receiving, () => upload.saveTo(path, cut)) };
  }
  if (endpoint.document === undefined || mediaTypeOf(request) !== endpoint.document.type) return null;
  const document = toDocument(request, endpoint.document, clock);
  return { bytes: (cut) => receive(receiving, () => document.bytes(cut)) };
}

async function receive<T>({ request, env, recheck }: Receiving, read: () => Promise<T>): Promise<T> {
  const times = { forS: uploadTimeoutS, afterwardsS: decodingTimeoutS };
  const received = await inTime(request, env, times, read);
  await recheck();
  return received;
}

/** Whoever sends a body byte by byte is cut: Bun's timeout counts from here and is not moved by what arrives. */
export function readInTime<T>(request: Request, env: Timeouts, read: () => Promise<T>): Promise<T> {
  return inTime(request, env, { forS: bodyTimeoutS, afterwardsS: idleTimeoutS }, read);
}

async function inTime<T>(
  request: Request,
  env: Timeouts,
  { forS, afterwardsS }: { forS: number; afterwardsS: number },
  read: () => Promise<T>,
): Promise<T> {
  env.timeout(request, forS);
  try {
    return await read();
  } catch (error) {
    // Whoever went away in the middle gets no answer, and is no fault of ours.
    if (request.signal.aborted) throw new AppError("invalid_input", { detail: "The body ended early" });
    throw error;
  } finally {
    env.timeout(request, afterwardsS);
  }
}
