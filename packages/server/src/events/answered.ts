import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { reportPerson } from "./membership.ts";
import {
  deleteInvitation,
  findInvitation,
  findInvitationTo,
  findOwnFacts,
  type InvitationRow,
  type ParticipantRow,
} from "./people-store.ts";

/** An answer ends the invitation by e-mail that led here, and any other to the same person's confirmed address. */
export async function closeInvitations(ctx: Context, tx: Tx, row: ParticipantRow): Promise<void> {
  const { event_id: event, user_id: user } = row;
  const own = await findOwnFacts(tx.sql, user);
  const open: (InvitationRow | undefined)[] = [
    row.invitation_id === null ? undefined : await findInvitation(tx.sql, event, row.invitation_id),
    own?.email_confirmed === 1 && own.email_key !== null
      ? await findInvitationTo(tx.sql, event, own.email_key)
      : undefined,
  ];
  const ids = new Set(open.flatMap((invitation) => (invitation === undefined ? [] : [invitation.id])));
  for (const id of ids) {
    await deleteInvitation(tx.sql, event, id);
    // One that reached nobody was reported to its inviter alone.
    const only = row.delivered === 1 || row.invitation_id !== id ? undefined : row.invited_by;
    await reportPerson(ctx, tx, event, { invitation: id }, "removed", only);
  }
}
