import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { dentist, ics } from "./support/calendars.ts";
import { type Account, accountAt, signUpAt } from "./support/server-account.ts";
import { processEnv, runJarvis, startProcess, temporaryDirectory } from "./support/server-process.ts";

const nowS = () => Math.floor(Date.now() / 1_000);

async function lunchOf(owner: Account, guest: Account): Promise<string> {
  const body = { name: "Lunch", start_time: nowS() + 600, duration: 3_600, people: [guest.id] };
  const { id } = (await owner.call("POST", "/event", body)).response;
  await guest.call("PUT", `/event/${id}/rsvp`, { status: "accepted" });
  return id;
}

async function connectFile(url: string, { id, token }: Account): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "text/calendar" };
  const answer = await fetch(`${url}/user/${id}/calendars`, { method: "POST", headers, body: ics(dentist) });
  expect(answer.status).toBe(201);
  // The contract's shape, which other tests look at.
  return ((await answer.json()) as { response: { id: string } }).response.id;
}

/** Bob lets himself be located by Ann beside the event, too. */
async function showTo(ann: Account, bob: Account): Promise<void> {
  await ann.call("POST", `/user/${bob.id}/friend_request`, { from: ann.id });
  await bob.call("PUT", `/user/${bob.id}/friend_request/${ann.id}`, { answer: "accept" });
  const until = nowS() + 3_600;
  expect((await bob.call("PUT", `/user/${bob.id}/shares/${ann.id}`, { until })).status).toBe(200);
}

/** Bob lets himself be located and suggestions use his calendar, and connects one. */
async function consent(url: string, bob: Account, event: string): Promise<string> {
  const range = { share: true, from: nowS(), to: nowS() + 86_400 };
  const given = [
    await bob.call("PUT", `/event/${event}/availability`, range),
    await bob.call("PUT", `/event/${event}/sharing`, { state: "on" }),
    await bob.call("POST", `/event/${event}/location`, { latitude: 12.5, longitude: 7.25 }),
    await bob.call("PUT", `/event/${event}/start`, { latitude: 12.5, longitude: 7.25 }),
  ];
  expect(given.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  return connectFile(url, bob);
}

/** Access to Google's calendars that has been given back, of which Google could not be told since the backup. */
function giveBack(path: string): void {
  using file = new Database(path);
  file.run("insert into google_revocation values ('1', 'account', 'given-back', 1, ?, ?)", [
    Date.now() + 86_400_000,
    Date.now(),
  ]);
}

function toldLater(path: string): string[] {
  using file = new Database(path, { readonly: true });
  const rows = file.query<{ refresh_token: string }, []>("select refresh_token from google_revocation").all();
  return rows.map(({ refresh_token }) => refresh_token);
}

async function standing(ann: Account, bob: Account, event: string) {
  return {
    calendars: (await bob.call("GET", `/user/${bob.id}/calendars`)).response.length,
    sharing: (await ann.call("GET", `/event/${event}/availability`)).response.sharing,
    state: (await bob.call("GET", `/event/${event}/sharing`)).response.state,
    shown: (await ann.call("GET", `/user/${ann.id}/shares`)).response.incoming.length,
    starts: (await bob.call("GET", `/event/${event}/start`)).response?.mode === "ride",
    located: (await ann.call("GET", `/event/${event}/locations`)).response.length,
  };
}

test.each(["keeps what stands", "brings back nothing that was taken back since"])(
  "case 101: a restore, of consents and connected calendars, %s",
  async (what) => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    const copy = `${directory.path}/copy.db`;
    const server = await startProcess(env);
    const [ann, bob] = [await signUpAt(server.url, "ann"), await signUpAt(server.url, "bob")];
    const event = await lunchOf(ann, bob);
    const calendar = await consent(server.url, bob, event);
    await showTo(ann, bob);
    const before = await standing(ann, bob, event);
    expect(before).toEqual({
      calendars: 1,
      sharing: [bob.id],
      state: "on",
      shown: 1,
      starts: true,
      located: 1,
    });
    expect((await runJarvis(["backup", copy], env)).code).toBe(0);
    const isTakenBack = what !== "keeps what stands";
    if (isTakenBack) {
      await bob.call("PUT", `/event/${event}/availability`, { share: false });
      await bob.call("PUT", `/event/${event}/sharing`, { state: "off" });
      await bob.call("DELETE", `/user/${bob.id}/shares/${ann.id}`);
      await bob.call("DELETE", `/event/${event}/start`);
      await bob.call("DELETE", `/user/${bob.id}/calendars/${calendar}`);
    }
    server.kill("SIGTERM");
    await server.exited;
    giveBack(`${directory.path}/jarvis.db`);
    expect((await runJarvis(["restore", copy], env)).code).toBe(0);
    expect(toldLater(`${directory.path}/jarvis.db`)).toEqual(["given-back"]);
    await using again = await startProcess(env);
    const [ann2, bob2] = [accountAt(again.url, ann.id, ann.token), accountAt(again.url, bob.id, bob.token)];
    const none = { calendars: 0, sharing: [], state: "off", shown: 0, starts: false, located: 0 };
    expect(await standing(ann2, bob2, event)).toEqual(isTakenBack ? none : before);
  },
  20_000,
);
