import type { ExamplesOf } from "../example.ts";
import type { Poll, polls } from "../polls.ts";
import { ids } from "./cast.ts";
import { adaComes, bobComes, carolIsAsked, dinner } from "./dinner.ts";

const params = { id: ids.event };
const sunday = { id: ids.option, start_time: "1906567200", duration: "7200", date: null };
const aDay = { id: ids.otherOption, start_time: null, duration: null, date: "2030-06-03" };

/** Ada has offered two times; Bob can make the first, and has not said of the second. */
const poll: Poll = {
  options: [
    {
      ...sunday,
      tally: { yes: 1, if_needed: 0, no: 0 },
      voters: { yes: [ids.bob], if_needed: [], no: [] },
    },
    { ...aDay, tally: { yes: 0, if_needed: 0, no: 0 }, voters: { yes: [], if_needed: [], no: [] } },
  ],
  votes: {},
  open: true,
  deadline_ms: null,
  hidden: false,
  required: [],
  answered: [ids.bob],
  waiting: [ids.ada, ids.bob, ids.carol],
  chosen: null,
  version: 2,
};

export const pollsExamples: ExamplesOf<typeof polls> = {
  addOptions: {
    request: { params, body: { options: [{ start_time: 1906567200 }, { date: "2030-06-03" }] } },
    response: [sunday, aDay],
  },
  getPoll: { request: { params }, response: poll },
  setPoll: {
    request: { params, body: { deadline: 1906560000, required: [ids.bob] } },
    response: { ...poll, deadline_ms: 1906560000000, required: [ids.bob], version: 3 },
  },
  removeOption: { request: { params: { ...params, option: ids.otherOption } }, response: "success" },
  setVotes: {
    request: { params, body: { [ids.option]: "if_needed", [ids.otherOption]: null } },
    response: { [ids.option]: "if_needed" },
  },
  activate: {
    request: { params, body: { option: ids.option } },
    response: {
      ...dinner,
      version: 2,
      start_time: "1906567200",
      people: [adaComes, bobComes, carolIsAsked],
    },
  },
};
