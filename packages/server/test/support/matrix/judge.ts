import { type Endpoint, errorTable, isErrorCode, type Outcome, problem } from "@jarvis/contract";
import type { Answer } from "../world.ts";
import { awayText, type Cast, guestsPlace, ownersPlace, ownersSeenMs } from "./cast.ts";
import type { Cell } from "./cells.ts";

const strictProblem = problem.strict();

/** What an answer decided: `ok`, or the code of its problem. */
export function outcomeOf(answer: Answer): string {
  const { code } = answer.body;
  return typeof code === "string" ? code : answer.status < 300 ? "ok" : `status ${answer.status}`;
}

/** Everything that is wrong with an answer beside its decision. */
export function faultsOf(endpoint: Endpoint, answer: Answer, expected: Outcome): string[] {
  const faults: string[] = [];
  if (endpoint.auth === "session" && answer.headers.get("cache-control") !== "no-store")
    faults.push("may be kept in a cache");
  if (expected === "ok") return faults;
  if (!isErrorCode(expected) || answer.status !== errorTable[expected].status)
    faults.push(`has status ${answer.status}`);
  const parsed = strictProblem.safeParse(answer.body);
  if (!parsed.success) faults.push(`is off the problem's schema: ${parsed.error.message}`);
  return faults;
}

/** What of another person's record, beyond the least, an answer has; and what it lacks. */
export function excessOf(name: string, { persona }: Cast, cell: Cell, { response }: Answer): string[] {
  if (cell.expected !== "ok" || cell.target !== "another") return [];
  if (name === "getPresence") {
    const least = hasAnswered(persona)
      ? { online: false, last_seen_ms: ownersSeenMs }
      : { online: null, last_seen_ms: null };
    return Bun.deepEquals(response, least) ? [] : [`is not ${JSON.stringify(least)}`];
  }
  if (name !== "getUser" && name !== "getSchedule") return [];
  const fields = Object.keys(response).toSorted().join();
  return fields === "id,schedule,username" ? [] : [`has the fields ${fields}`];
}

/** Calls that say where another person is. */
const locating = new Set(["listLocations", "getLocation", "getTrail"]);

/** What the answer says that this persona must not know: others' addresses, places, and what was said while they were away. */
export function leaksOf(name: string, cast: Cast, cell: Cell, text: string): string[] {
  const known = knownEmails(cast);
  const leaks = (text.match(/[\w.-]+@example\.org/g) ?? []).filter((email) => !known.has(email));
  const mayLocate = cell.expected === "ok" && locating.has(name);
  if (!mayLocate && text.includes(String(guestsPlace.latitude))) leaks.push("where the guest is");
  const mayLocateOwner = cell.expected === "ok" && name === "getOwnLocation" && cell.target === "another";
  if (!mayLocateOwner && text.includes(String(ownersPlace.latitude))) leaks.push("where the owner is");
  const isAsked = cell.expected === "ok" && name === "getPresence" && cell.target === "another";
  const mayKnowSeen = isAsked && hasAnswered(cast.persona);
  if (!mayKnowSeen && text.includes(String(ownersSeenMs))) leaks.push("when the owner was last seen");
  if (name === "getPoll" && !["host", "owner"].includes(cast.persona) && text.includes(cast.guest.id))
    leaks.push("that the guest has voted");
  if (cast.persona === "readded" && text.includes(awayText)) leaks.push("what was said while away");
  return leaks;
}

/** Who has not answered an invitation neither sees nor shows who is online. */
function hasAnswered(persona: Cast["persona"]): boolean {
  return persona !== "invited";
}

function knownEmails({ persona, me, owner, guest }: Cast): Set<string> {
  const ofOwner = ["fellow", "invited", "maybe", "accepted", "host", "readded"].includes(persona);
  const ofAccepted = ["accepted", "host", "owner", "readded", "blocked", "blocker"].includes(persona);
  const isApart = persona === "blocked" || persona === "blocker";
  return new Set([
    me.email,
    ...(ofOwner || (ofAccepted && !isApart) ? [owner.email] : []),
    ...(ofAccepted ? [guest.email] : []),
  ]);
}

/** All of an answer that could tell two refusals apart. */
export function appearance({ status, body, headers }: Answer): string {
  const { request_id: _, ...rest } = body;
  const seen = [...headers].filter(([name]) => !["date", "x-request-id", "content-length"].includes(name));
  return JSON.stringify([status, rest, seen.toSorted()]);
}
