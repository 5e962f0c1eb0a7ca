import type { ExamplesOf } from "../example.ts";
import type { streams } from "../realtime.ts";
import { ids } from "./cast.ts";

export const streamsExamples: ExamplesOf<typeof streams> = {
  pollFrames: {
    request: { query: { wait: "25" } },
    response: {
      frames: [
        {
          type: "welcome",
          user: ids.bob,
          epoch: ids.epoch,
          streams: { [`user:${ids.bob}`]: 1, [`event:${ids.event}`]: 4 },
        },
      ],
      cursor: ids.cursor,
    },
  },
};
