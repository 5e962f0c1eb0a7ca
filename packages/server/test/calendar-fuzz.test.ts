import { test } from "bun:test";
import { fuzzCalendars } from "./support/calendar/fuzz.ts";

test("case 110: 2,000 calendars with changes anywhere are read without a crash or a pause", () => {
  fuzzCalendars(2000);
}, 120_000);
