import { authenticate } from "../../../src/accounts/service.ts";
import { AppError } from "../../../src/lib/app-error.ts";
import type { Device, Intent } from "./device.ts";
import type { History } from "./history.ts";
import type { StoredMessage } from "./ledger.ts";
import type { SeenPlan } from "./planned.ts";
import { type Fetched, seenMessage } from "./view.ts";

/** What can be said of a history once everything has been delivered, by Jepsen's names. */
export async function judgeAll(history: History): Promise<void> {
  judgeShown(history);
  const intents = new Map(
    history.intents().map((intent) => [keyOf(intent.user, intent.event, intent.clientId), intent]),
  );
  for (const event of history.events) judgeStored(history, event, intents);
  for (const device of history.devices) {
    judgeOrder(history, device.intents);
    for (const fault of device.view.faults) history.judge.report(fault);
    if (!device.ended && history.ledger.isSignedIn(device.session)) await judgeScreen(history, device);
  }
  for (const intent of intents.values()) judgeAcknowledged(history, intent);
}

function keyOf(author: string | null, event: string, clientId: string): string {
  return `${author} ${event} ${clientId}`;
}

/** Nobody was shown what was said while they were removed, whenever it was delivered. */
export function judgeShown({ judge, ledger }: History): void {
  const known = new Map<string, ReturnType<typeof ledger.away>>();
  for (const { user, event, entry, message } of judge.shown) {
    const key = `${user} ${event}`;
    const away = known.get(key) ?? ledger.away(event, user);
    known.set(key, away);
    const said = message === null ? entry : (ledger.entryOf(event, message)?.seq ?? entry);
    for (const { from, to, closed, unsure } of away) {
      if (!closed || unsure) continue;
      if (entry >= from && entry < to)
        judge.report(`late: ${user} was shown ${event} ${entry}, of ${from}–${to}`);
      else if (said >= from && said < to)
        judge.report(`late: ${user} was shown message ${message} of ${event}, said in ${from}–${to}`);
    }
  }
}

function judgeStored({ judge, ledger, edits }: History, event: string, intents: Map<string, Intent>): void {
  const ids = new Set<string>();
  let last = 0;
  for (const row of ledger.messages(event)) {
    if (row.seq !== ++last) judge.report(`hole: ${event} has message ${row.seq} in place of ${last}`);
    const { client_id: id } = row;
    if (id === null) continue;
    const key = keyOf(row.author_id, event, id);
    if (ids.has(key)) judge.report(`duplicate: ${key} is stored twice`);
    ids.add(key);
    const intent = intents.get(key);
    const isSaid = row.text === intent?.text || edits.has(row.text) || row.deleted_ms !== null;
    if (intent === undefined || intent.event !== event || !isSaid)
      judge.report(`phantom: ${event} ${row.seq} "${row.text}" was never said`);
    judgeAuthor({ judge, ledger }, event, row);
  }
}

function judgeAuthor(
  { judge, ledger }: Pick<History, "judge" | "ledger">,
  event: string,
  row: StoredMessage,
): void {
  const entry = ledger.entryOf(event, row.seq);
  if (entry === undefined) return judge.report(`hole: message ${row.seq} of ${event} was not reported`);
  if (row.author_id === null) return;
  for (const { from, to } of ledger.away(event, row.author_id)) {
    if (entry.seq >= from && entry.seq < to)
      judge.report(`late: ${row.client_id} was written by somebody who was not in the event`);
  }
}

function judgeAcknowledged({ judge, ledger }: History, intent: Intent): void {
  const { state, undone, seq, event, clientId } = intent;
  if (state === "waiting") judge.report(`lost: ${clientId} never came to an end`);
  if (state !== "acknowledged" || undone || seq === null) return;
  // An event that nobody is left to read is deleted with its chat.
  if (ledger.isThere(event) && !ledger.isStored(event, clientId, seq))
    judge.report(`lost: ${clientId} was acknowledged as ${seq}`);
}

/** What one device says in one chat is stored in that order. */
function judgeOrder({ judge }: History, intents: readonly Intent[]): void {
  const last = new Map<string, number>();
  for (const { state, undone, seq, event, clientId } of intents) {
    if (state !== "acknowledged" || undone || seq === null) continue;
    if (seq <= (last.get(event) ?? 0))
      judge.report(`inversion: ${clientId} is ${seq}, before what was said earlier`);
    last.set(event, seq);
  }
}

/** What a device shows is what somebody who starts afresh would get. */
async function judgeScreen(history: History, device: Device): Promise<void> {
  const { judge, ledger, ctx } = history;
  const viewer = await authenticate(ctx, device.token);
  for (const event of history.events) {
    const seen = device.view.events.get(event);
    if (!ledger.isMember(event, device.user)) {
      if (await isFetched(history, device, event))
        judge.report(`late: ${event} can be fetched by a stranger`);
      continue;
    }
    if (seen === undefined) {
      judge.report(`lost: device ${device.index} does not show ${event}`);
      continue;
    }
    const fetched = await history.fetchAs(viewer, event);
    const name = `device ${device.index}, ${event}`;
    const fresh = new Map(fetched.messages.map((message) => [message.seq, seenMessage(message)]));
    compare(judge, `${name}: messages`, seen.messages, fresh);
    judgeReadable(history, device, fetched);
    const told = ledger.toldOf(event);
    const people = fetched.event.people.filter(({ id }) => id !== null && told.has(id));
    const parts = people.map(({ id, role, rsvp }) => [String(id), { role, rsvp }] as const);
    const shown = new Map([...seen.people].filter(([id]) => told.has(id)));
    compare(judge, `${name}: people`, shown, new Map(parts));
    judgePlan(judge, name, seen.plan, fetched.plan, told);
    if (seen.name !== fetched.event.name)
      judge.report(`lost: ${name} is called "${seen.name}", not "${fetched.event.name}"`);
  }
}

/** Occurrences with what those people answer whom the others are told of, and how the votes stand. */
function judgePlan(
  judge: History["judge"],
  name: string,
  shown: SeenPlan,
  fresh: SeenPlan,
  told: ReadonlySet<string>,
): void {
  const among = ({ occurrences }: SeenPlan) =>
    new Map(
      [...occurrences].map(([id, { answers, ...rest }]) => [
        id,
        { ...rest, answers: Object.fromEntries([...answers].filter(([user]) => told.has(user)).toSorted()) },
      ]),
    );
  compare(judge, `${name}: occurrences`, among(shown), among(fresh));
  if (!Bun.deepEquals(shown.poll, fresh.poll))
    judge.report(`lost: ${name}: the poll is ${Bun.inspect(shown.poll)}, not ${Bun.inspect(fresh.poll)}`);
}

async function isFetched(
  history: History,
  device: Device,
  event: History["events"][number],
): Promise<boolean> {
  try {
    await history.fetchAs(await authenticate(history.ctx, device.token), event);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

function compare<K, V>(judge: History["judge"], what: string, shown: Map<K, V>, fresh: Map<K, V>): void {
  for (const [key, value] of fresh) {
    if (!shown.has(key)) judge.report(`lost: ${what}: ${String(key)} is missing`);
    else if (!Bun.deepEquals(shown.get(key), value))
      judge.report(
        `lost: ${what}: ${String(key)} is ${Bun.inspect(shown.get(key))}, not ${Bun.inspect(value)}`,
      );
  }
  for (const key of shown.keys())
    if (!fresh.has(key)) judge.report(`phantom: ${what}: ${String(key)} is shown`);
}

/** A fresh fetch has all but what was said while they were removed. */
function judgeReadable({ judge, ledger }: History, { user }: Device, { event, messages }: Fetched): void {
  const away = ledger.away(event.id, user);
  if (away.some(({ unsure }) => unsure)) return;
  const got = new Set(messages.map(({ seq }) => seq));
  for (const { seq } of ledger.messages(event.id)) {
    const entry = ledger.entryOf(event.id, seq)?.seq ?? 0;
    const hidden = away.some(({ from, to, closed }) => closed && entry >= from && entry < to);
    if (hidden === got.has(seq))
      judge.report(
        `${hidden ? "late" : "lost"}: ${user} fetches ${hidden ? "" : "no "}message ${seq} of ${event.id}`,
      );
  }
}
