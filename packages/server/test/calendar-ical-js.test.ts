import { test } from "bun:test";
import { type Explained, expectExplained } from "./support/calendar/comparison.ts";
import { icalJsBusy } from "./support/calendar/ical-js.ts";

const dateLine = ["Pacific/Apia 2011-12-30"];
const forward = [
  "Australia/Lord_Howe 2026-10-04",
  "Pacific/Chatham 2026-09-27",
  "America/Vancouver 2025-03-09",
];
const gap =
  "3.3.5: a time that the clocks leave out has the offset before the gap; ical.js takes the one after it";
const repeated =
  "3.3.5: of a time that comes twice the first is meant; ical.js takes the second, of starts and of ends";

/** Where ical.js 2.2.1 finds something else, and why we do not. Sections are of RFC 5545. */
const explained: Readonly<Record<string, Explained>> = {
  "24 hours' duration": {
    reason: "3.3.6: hours of a duration are exact; ical.js moves the wall clock by them",
    days: [
      "Australia/Lord_Howe 2026-04-05",
      "Pacific/Chatham 2026-04-05",
      "Europe/London 2026-03-29",
      "Europe/London 2026-10-25",
      "America/Vancouver 2025-11-02",
      "America/Sao_Paulo 2018-02-18",
      "America/Sao_Paulo 2018-11-04",
      "Africa/Casablanca 2025-02-23",
      "Africa/Casablanca 2025-04-06",
      "Pacific/Apia 2012-04-01",
      ...forward,
      ...dateLine,
    ],
  },
  "over the change every day": {
    reason: "3.8.5.3: a length given by DTEND is exact for all instances; ical.js moves the wall clock by it",
    days: [
      "Australia/Lord_Howe 2026-04-05",
      "Pacific/Chatham 2026-04-05",
      "Europe/London 2026-03-29",
      "Europe/London 2026-10-25",
      "America/Vancouver 2025-11-02",
      "America/Sao_Paulo 2018-02-18",
      "America/Sao_Paulo 2018-11-04",
      "Africa/Casablanca 2025-02-23",
      "Africa/Casablanca 2025-04-06",
      "Pacific/Apia 2012-04-01",
      ...forward,
      ...dateLine,
    ],
  },
  "exception rule": { reason: "RFC 2445, 4.8.5.2: EXRULE, which ical.js does not read" },
  "extra dates": { reason: "3.8.5.2: DTSTART is an instance beside RDATE; ical.js drops it" },
  "extra periods": { reason: "3.8.5.2: DTSTART is an instance beside RDATE; ical.js drops it" },
  "until as date": { reason: "3.3.10: UNTIL is inclusive, of its whole day; ical.js ends at its midnight" },
  "until as local time": {
    reason:
      "3.3.10: UNTIL is local where DTSTART is; ical.js reads it as UTC, which west of it ends a day early",
    days: [
      "America/Vancouver 2025-03-09",
      "America/Vancouver 2025-11-02",
      "America/Sao_Paulo 2018-02-18",
      "America/Sao_Paulo 2018-11-04",
    ],
  },
  "yearly on february 29": {
    reason: "3.3.10: dates that do not exist are ignored; ical.js goes on to March 1",
    days: [
      "America/Vancouver 2025-03-09",
      "America/Sao_Paulo 2018-02-18",
      "America/Sao_Paulo 2018-11-04",
      "Africa/Casablanca 2025-02-23",
    ],
  },
  "daily in the gap": {
    reason: `${gap}; where clocks go back, ${repeated}`,
    days: [
      "America/Vancouver 2025-03-09",
      "Pacific/Chatham 2026-04-05",
      "Pacific/Chatham 2026-09-27",
      "Africa/Casablanca 2025-02-23",
      "Africa/Casablanca 2025-04-06",
    ],
  },
  "daily in the repeated hour": {
    reason: `${repeated}; where clocks go forward, ${gap}`,
    days: [
      "Australia/Lord_Howe 2026-04-05",
      "Europe/London 2026-03-29",
      "Europe/London 2026-10-25",
      "America/Vancouver 2025-11-02",
    ],
  },
  "daily at midnight": { reason: gap, days: ["America/Sao_Paulo 2018-11-04"] },
  "hourly a while": {
    reason: `${gap}; ${repeated}`,
    days: [
      "Australia/Lord_Howe 2026-10-04",
      "America/Vancouver 2025-03-09",
      "America/Sao_Paulo 2018-02-18",
      "Africa/Casablanca 2025-02-23",
      "Africa/Casablanca 2025-04-06",
      ...dateLine,
    ],
  },
  "a day's duration": { reason: gap, days: dateLine },
  "an alarm inside": { reason: gap, days: dateLine },
  "ends in another zone": { reason: `${gap}; so the end lies before the start`, days: dateLine },
  "monthly set position": { reason: gap, days: dateLine },
  tentative: { reason: gap, days: dateLine },
  "weekly evening": { reason: gap, days: dateLine },
};

test("calendars of every feature, over changes of the clocks, are busy when ical.js says", () => {
  expectExplained(icalJsBusy, explained);
});
