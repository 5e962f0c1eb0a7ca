import { limits } from "@jarvis/contract";

/** How two people stand to each other, for what they may know of when the other is connected. */
export interface OnlineSight {
  /** Both let it be shown. */
  bothShow: boolean;
  friends: boolean;
  /** Both take part, for each other to see, in an event that is neither passed nor cancelled. */
  together: boolean;
  /** In either direction. */
  blocked: boolean;
}

/** Whether they may know it: the only place that decides it, for calls and frames. What one may know the other may. */
export function canSeeOnline({ bothShow, friends, together, blocked }: OnlineSight): boolean {
  return bothShow && !blocked && (friends || together);
}

const minuteMs = 60_000;

/** Nobody needs to know to the second when somebody was there. */
export function toMinute(ms: number): number {
  return Math.floor(ms / minuteMs) * minuteMs;
}

/** How long asking again after a decline changes nothing that anybody sees. */
export const silentMs = 30 * 24 * 60 * 60_000;

export type RequestState = "pending" | "declined" | "hidden" | "withdrawn";

/** A request as the store has it. */
export interface Request {
  state: RequestState;
  declined_ms: number | null;
}

export interface Standing {
  friends: boolean;
  /** In either direction. */
  blocked: boolean;
  /** From the one who asks now to the other. */
  own: Request | undefined;
  /** From the other to the one who asks now. */
  reverse: Request | undefined;
}

/**
 * What asking does: make a `friendship`, `open` a request that the other sees, `hide` one that looks open to its author
 * alone, `restore` a declined one that its author had withdrawn, or nothing (`unchanged`).
 */
export type Asking = "already_friends" | "friendship" | "open" | "hide" | "restore" | "unchanged";

export function askingOutcome({ friends, blocked, own, reverse }: Standing, now: number): Asking {
  if (friends) return "already_friends";
  if (blocked) return looksOpen(own) ? "unchanged" : "hide";
  if (looksOpen(reverse)) return "friendship";
  if (own?.state === "pending") return "unchanged";
  if (!isSilent(own, now)) return "open";
  return own?.state === "declined" ? "unchanged" : "restore";
}

/** Whether its author sees it among the open ones. */
function looksOpen(request: Request | undefined): boolean {
  return request !== undefined && request.state !== "withdrawn";
}

function isSilent(request: Request | undefined, now: number): boolean {
  const declinedMs = request?.declined_ms ?? null;
  return declinedMs !== null && now - declinedMs < silentMs;
}

/** What becomes of a request that its author takes back. One that was declined is remembered, or asking anew would nag. */
export function withdrawal(request: Request | undefined): "delete" | "remember" | "unchanged" {
  if (request === undefined || request.state === "withdrawn") return "unchanged";
  return request.declined_ms === null ? "delete" : "remember";
}

/** What an answer does; `undefined` where there is nothing that the answerer could have seen. */
export function answerOutcome(
  answer: "accept" | "decline",
  request: Request | undefined,
  friends: boolean,
): "friendship" | "decline" | "repeat" | undefined {
  if (request?.state === "pending") return answer === "accept" ? "friendship" : "decline";
  if (answer === "accept") return friends ? "repeat" : undefined;
  return request?.state === "declined" ? "repeat" : undefined;
}

export function isFriendsLimitReached(count: number): boolean {
  return count >= limits.friends;
}
