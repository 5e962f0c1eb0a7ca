import type { InvitationId, Reason, Rsvp, Suggestion, UserId } from "@jarvis/contract";
import { isAddressOnly, isParticipant } from "../events/rules.ts";
import { type Candidate, type Search, standing, standingAt } from "./free-time-rules.ts";
import type { Slot } from "./ranking-rules.ts";

interface Standing {
  user_id: UserId;
  rsvp: Rsvp;
  state: "in" | "left" | "removed";
  delivered: number;
  invitation_id: InvitationId | null;
  /** When what they share ends; null: they do not share. */
  to_ms: number | null;
}

/**
 * Whether suggestions for somebody may use this person's calendar: they take part and consent, no block lies between the
 * two, and the asker may know whose account an invited address holds.
 */
export function sharesWith(person: Standing, blocked: ReadonlySet<UserId>): boolean {
  const consents = person.to_ms !== null && isParticipant(person);
  return consents && !isAddressOnly(person) && !blocked.has(person.user_id);
}

interface Seen extends Standing {
  invited_by: UserId;
}

/**
 * The people who count, as the asker sees the event: those named by id, and the number of addresses behind which there
 * may or may not be somebody. An invitation that reaches nobody counts for its inviter, who cannot tell.
 */
export function whoCounts<Row extends Seen>(
  rows: readonly Row[],
  invitations: readonly { id: InvitationId }[],
  asker: UserId,
): { named: Row[]; addresses: number } {
  const open = new Set(invitations.map(({ id }) => id));
  const named: Row[] = [];
  let addresses = open.size;
  for (const row of rows) {
    const isHidden = row.delivered === 0 && row.invited_by !== asker;
    const isBehindAddress = isAddressOnly(row) && row.invitation_id !== null && open.has(row.invitation_id);
    if (isBehindAddress) addresses -= isHidden ? 1 : 0;
    else if (!isHidden && row.rsvp !== "declined") named.push(row);
  }
  return { named, addresses };
}

/** Who would come to a slot: asked of the few that are answered alone. */
export function whoComes(
  search: Search,
  candidates: ReadonlyMap<UserId, Candidate>,
  start: number,
): Pick<Suggestion, "available" | "if_needed"> {
  const available: UserId[] = [];
  const if_needed: UserId[] = [];
  for (const [user, candidate] of candidates) {
    const now = standingAt(search, candidate, start);
    if (now === standing.free || now === standing.yes) available.push(user);
    if (now === standing.if_needed) if_needed.push(user);
  }
  return { available, if_needed };
}

/** Why a slot stands where it stands, as codes and numbers: never who, never what. */
export function reasonsFor(slot: Slot, people: number, hasVotes: boolean): Reason[] {
  const unknown = people - slot.available - slot.ifNeeded - slot.busy;
  const reasons: (Reason | null)[] = [
    slot.available === people
      ? { code: "everybody_free", params: {} }
      : { code: "free", params: { n: slot.available, of: people } },
    counted("if_needed", slot.ifNeeded),
    counted("busy", slot.busy),
    counted("unknown", unknown),
    counted("outside_hours", slot.outside),
    counted("required_busy", slot.requiredBusy),
    hasVotes ? { code: "votes", params: { ...slot.votes } } : null,
    slot.preferred ? { code: "preferred_day", params: {} } : null,
  ];
  return reasons.filter((reason) => reason !== null);
}

function counted(code: string, n: number): Reason | null {
  return n === 0 ? null : { code, params: { n } };
}
