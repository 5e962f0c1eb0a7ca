import { test } from "bun:test";
import { fileURLToPath } from "node:url";
import { type Explained, expectExplained } from "../test/support/calendar/comparison.ts";
import { type Sample, samples } from "../test/support/calendar/corpus.ts";

const program = fileURLToPath(new URL("tools/calendar-busy.py", import.meta.url));

const dateLine = ["Pacific/Apia 2011-12-30"];
const repeated = "3.3.5: of a time that comes twice the first is meant; it takes the second";

/** Where python3-recurring-ical-events finds something else, and why we do not. Sections are of RFC 5545. */
const explained: Readonly<Record<string, Explained>> = {
  "a day's duration": {
    reason: "3.3.6: days of a duration are days of the calendar; it takes each for 24 hours",
    days: [
      "Australia/Lord_Howe 2026-04-05",
      "Australia/Lord_Howe 2026-10-04",
      "Pacific/Chatham 2026-04-05",
      "Pacific/Chatham 2026-09-27",
      "Europe/London 2026-03-29",
      "Europe/London 2026-10-25",
      "America/Vancouver 2025-03-09",
      "America/Vancouver 2025-11-02",
      "Pacific/Apia 2012-04-01",
      "America/Sao_Paulo 2018-11-04",
      "America/Sao_Paulo 2018-02-18",
      "Africa/Casablanca 2025-02-23",
      "Africa/Casablanca 2025-04-06",
    ],
  },
  "daily in the repeated hour": {
    reason: repeated,
    days: ["Australia/Lord_Howe 2026-04-05", "Europe/London 2026-10-25", "America/Vancouver 2025-11-02"],
  },
  "hourly a while": { reason: repeated, days: ["America/Sao_Paulo 2018-02-18"] },
  "over the change every day": { reason: repeated, days: ["America/Sao_Paulo 2018-02-18"] },
  "exception rule": { reason: "RFC 2445, 4.8.5.2: EXRULE, which it does not read" },
  "exceptions as dates": {
    reason:
      "3.8.5.1 knows no such pair, which old programs write; it keeps the instance, we leave the day out",
  },
  "extra periods": { reason: "3.8.5.2: RDATE may have periods; it ends with a TypeError" },
  "this and future": { reason: "3.2.13: RANGE=THISANDFUTURE, which it does not read" },
  "moved, cancelled and free instances": {
    reason: "3.8.4.4: RECURRENCE-ID may be in UTC; it compares local days, which are others west of it",
    days: ["America/Vancouver 2025-03-09", "America/Vancouver 2025-11-02", ...dateLine],
  },
  "until as date": { reason: "3.3.10: UNTIL is inclusive, of its whole day; it ends at its midnight" },
  "until as local time": {
    reason: "3.3.10: UNTIL is local where DTSTART is; it reads it as UTC",
    days: [
      "America/Vancouver 2025-03-09",
      "America/Vancouver 2025-11-02",
      "America/Sao_Paulo 2018-11-04",
      "America/Sao_Paulo 2018-02-18",
      ...dateLine,
    ],
  },
  "until in utc": {
    reason:
      "3.3.10: UNTIL is an instant; it compares it with the offset of DTSTART, which is another after a change",
    days: [
      "Australia/Lord_Howe 2026-10-04",
      "Pacific/Chatham 2026-09-27",
      "Europe/London 2026-03-29",
      "America/Vancouver 2025-03-09",
      "America/Sao_Paulo 2018-11-04",
      "Africa/Casablanca 2025-04-06",
      ...dateLine,
    ],
  },
  "until in utc a little early": { reason: "3.3.10: as above, by a whole day", days: dateLine },
  exceptions: {
    reason: "3.3.5: the day left out has the offset before it; it compares local days",
    days: dateLine,
  },
};

test("calendars of every feature, over changes of the clocks, are busy when Debian's recurring-ical-events says", () => {
  const all = samples();
  const { stdout, stderr, exitCode } = Bun.spawnSync(["/usr/bin/python3", program], {
    stdin: new TextEncoder().encode(JSON.stringify(all)),
  });
  if (exitCode !== 0) throw new Error(stderr.toString());
  const answers: ([number, number][] | string)[] = JSON.parse(stdout.toString());
  const byName = new Map(all.map((sample, index) => [key(sample), answers[index] ?? "no answer"]));
  expectExplained((sample) => {
    const found = byName.get(key(sample));
    return typeof found === "object" ? found : [];
  }, explained);
}, 120_000);

function key({ feature, timeZone, day }: Sample): string {
  return `${feature} ${timeZone} ${day}`;
}
