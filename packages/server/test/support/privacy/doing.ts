import { runHousekeeping } from "../../../src/housekeeping.ts";
import { type Meeting, minute, type Rsvp } from "./model.ts";
import { arrive, linger, removeStart, ride, sendFrame, setStart } from "./going.ts";
import { catchUp, makeDevice, report, revokeDevice } from "./devices.ts";
import { pick, type Step } from "./steps.ts";
import { hour, type Trial } from "./trial.ts";

const waits = [0, 1, 1_000, 30_000, 2 * minute, 5 * minute, 10 * minute, 10 * minute + 1, 45 * minute, hour];
const ages = [0, 0, 0, 1_000, -30_000, -60_000, -61_000, minute, 9 * minute, 25 * minute];
const shifts = [-120, -60, -20, -5, 0, 5, 30, 90, 180].map((minutes) => minutes * minute);
const durations = [minute, 30 * minute, hour, 5 * hour];
const shareMs = [15 * minute, 20 * minute, hour, 8 * hour];

/** Does one step, and tells the model of it where the server has accepted it. */
export async function take(trial: Trial, { kind, who, other, n }: Step): Promise<void> {
  const { model, world } = trial;
  const meeting = trial.meeting(n);
  const what: string = kind;
  switch (what) {
    case "wait":
      return world.clock.set(trial.now + pick(waits, n));
    case "edge":
      return goTo(trial, who, pick(edgesOf(trial, who, n), n) - pick([1, 0], Math.floor(n / 7)));
    case "outlast":
      return goTo(trial, who, (model.shares.get(`${who}>${other}`)?.untilMs ?? 0) - pick([1, 0], n));
    case "general":
      return trial.upload(who, pick(ages, n), null);
    case "forEvent":
      return trial.upload(who, pick(ages, n), meeting);
    case "on":
      return trial.consent(who, meeting, "on", n % 3 === 0 ? "exact" : undefined);
    case "coarse":
      return trial.consent(who, meeting, "on", "coarse");
    case "paused":
    case "off":
      return trial.consent(
        who,
        meeting,
        kind === "off" ? "off" : "paused",
        n % 5 === 0 ? "exact" : undefined,
      );
    case "purge":
      await runHousekeeping(world.server.ctx);
      return model.purge(trial.now);
    case "restart":
      return world.restart();
    case "logout":
      return trial.logout(who);
    case "frame":
      return sendFrame(trial, who, n % 2 === 0 ? null : meeting);
    case "backlog":
      return catchUp(trial, who, n);
    case "ride":
      return ride(trial, who);
    case "until":
      return trial.consent(who, meeting, "on", undefined, { until_arrival: true });
    case "arrive":
      return arrive(trial, who);
    case "linger":
      return linger(trial);
    case "from":
      return setStart(trial, who, meeting);
    case "noStart":
      return removeStart(trial, who, meeting);
    default:
      if (isOfEvent(kind)) return ofEvent(trial, { kind, who, other, n });
      return ofPeople(trial, { kind, who, other, n });
  }
}

/** When something of somebody's sharing in an event begins or ends. */
function edgesOf({ model }: Trial, who: number, n: number): number[] {
  const at = model.meetings[n % model.meetings.length];
  const window = at === undefined ? null : model.window(at);
  const untilMs = at?.consents.get(who)?.untilMs ?? 0;
  return [window?.from ?? 0, window?.until ?? 0, untilMs];
}

/** Lets time pass until then, with a fix a minute before, so that there is something to see. */
async function goTo(trial: Trial, who: number, ms: number): Promise<void> {
  if (ms <= trial.now || ms > trial.now + 24 * hour) return;
  trial.world.clock.set(Math.max(trial.now, ms - minute));
  await trial.upload(who, 0, null);
  trial.between();
  trial.world.clock.set(ms);
}

const eventKinds = ["ask", "accepted", "maybe", "declined", "leave", "remove", "add"] as const;
const editKinds = ["start", "soon", "duration", "timeless", "place", "cancel"] as const;

function isOfEvent(kind: Step["kind"]): boolean {
  return ([...eventKinds, ...editKinds] as readonly string[]).includes(kind);
}

async function ofEvent(trial: Trial, step: Step): Promise<void> {
  const { kind, who, other, n } = step;
  const { model } = trial;
  const meeting = trial.meeting(n);
  const { group } = meeting;
  const [own, target] = [trial.player(who).id, trial.player(other).id];
  const what: string = kind;
  switch (what) {
    case "ask":
      await trial.act(other, "POST", `/event/${meeting.id}/location_request`, { user: own });
      if (
        await trial.act(who, "PUT", `/event/${meeting.id}/location_request/${target}`, { answer: "accept" })
      )
        model.on(meeting, who, trial.now);
      return undefined;
    case "accepted":
      return rsvp(trial, step, "accepted");
    case "maybe":
      return rsvp(trial, step, "maybe");
    case "declined":
      return rsvp(trial, step, "declined");
    case "leave":
      if (await trial.act(who, "DELETE", `/event/${group.id}/people/${own}`)) model.leave(group, who, true);
      return undefined;
    case "remove":
      if (!(await trial.act(0, "DELETE", `/event/${group.id}/people/${target}`))) return undefined;
      return model.leave(group, other, other === 0);
    case "add":
      if (await trial.act(0, "POST", `/event/${group.id}/people`, { people: [target] }))
        model.invite(group, 0, other);
      return undefined;
    default:
      return edit(trial, step);
  }
}

async function rsvp(trial: Trial, { who, n }: Step, status: Rsvp): Promise<void> {
  const meeting = trial.meeting(n);
  if (status === "declined" && who === 0) return;
  const one = trial.shape === "series" && n % 3 !== 0;
  const path = `/event/${one ? meeting.id : meeting.group.id}/rsvp`;
  if (!(await trial.act(who, "PUT", path, { status }))) return;
  if (one) trial.model.answerOne(meeting, who, status);
  else trial.model.answer(meeting.group, who, status, trial.now);
}

/** What was said of journeys to another time or place counts again only where that comes back. */
function changed(meeting: Meeting, change: Partial<Meeting>): void {
  Object.assign(meeting, change);
  for (const arrival of meeting.arrivals.values()) arrival.isSure = false;
}

async function edit(trial: Trial, { kind, n }: Step): Promise<void> {
  const meeting = trial.meeting(n);
  const path = `/event/${meeting.id}`;
  const patch = (change: object) => trial.act(0, "PATCH", path, change);
  const times = async (startMs: number | null, durationMs = meeting.durationMs) => {
    const start_time = startMs === null ? null : startMs / 1_000;
    if (await patch({ start_time, duration: durationMs / 1_000 })) changed(meeting, { startMs, durationMs });
  };
  const what: string = kind;
  switch (what) {
    case "start":
      return times(trial.now + pick(shifts, n));
    case "soon": // the window opens in two minutes
      return times(trial.now + hour + 2 * minute);
    case "duration":
      return times(meeting.startMs, pick(durations, n));
    case "timeless":
      return times(null);
    case "place":
      if (await patch({ place: { latitude: 80 + (n % 9), longitude: 20 } })) changed(meeting, {});
      return undefined;
    case "cancel":
      if (await trial.act(0, "DELETE", path)) meeting.cancelled = true;
      return undefined;
    default:
      throw new Error(`${kind} is no change of an event`);
  }
}

async function ofPeople(trial: Trial, { kind, who, other, n }: Step): Promise<void> {
  const { model } = trial;
  const [own, target] = [trial.player(who).id, trial.player(other).id];
  const what: string = kind;
  switch (what) {
    case "block":
      if (await trial.act(who, "PUT", `/user/${own}/blocks/${target}`)) model.block(who, other);
      return;
    case "unblock":
      if (await trial.act(who, "DELETE", `/user/${own}/blocks/${target}`)) model.unblock(who, other);
      return;
    case "befriend":
      await trial.act(other, "POST", `/user/${own}/friend_request`, { from: target });
      if (await trial.act(who, "PUT", `/user/${own}/friend_request/${target}`, { answer: "accept" }))
        model.befriend(who, other);
      return;
    case "unfriend":
      if (await trial.act(who, "DELETE", `/user/${own}/friends/${target}`)) model.unfriend(who, other);
      return;
    case "share":
    case "shareCoarse": {
      const precision = kind === "share" ? "exact" : "coarse";
      const untilMs = trial.now + pick(shareMs, n);
      const path = `/user/${own}/shares/${target}`;
      if (await trial.act(who, "PUT", path, { until: untilMs / 1_000, precision }))
        model.share(who, other, trial.now, untilMs, precision);
      return;
    }
    case "unshare":
      if (await trial.act(who, "DELETE", `/user/${own}/shares/${target}`))
        model.shares.delete(`${who}>${other}`);
      return;
    case "device":
      return makeDevice(trial, who);
    case "revoke":
      return revokeDevice(trial, who);
    case "ingest":
      return report(trial, who, pick(ages, n), n);
    case "erase":
      if (who === 0 || !(await erase(trial, who))) return;
      return model.erase(who);
    default:
      throw new Error(`${kind} at ${n} is no step`);
  }
}

/** An account is given up with a fresh sign-in; its tokens are dead. */
async function erase(trial: Trial, who: number): Promise<boolean> {
  const player = trial.player(who);
  await trial.logout(who);
  if (!(await trial.act(who, "DELETE", `/user/${player.id}`))) return false;
  player.dead.push(player.token);
  if (player.device !== null) player.deadDevices.push(player.device.token);
  player.device = null;
  return true;
}
