import { showTo } from "../shares.ts";
import type { Rows } from "./row.ts";
import type { Scene } from "./scene.ts";

const shows = ({ world, guest, friend }: Scene) => showTo(world, guest, friend);

export const shareRows: Rows = {
  "location.setShare": [
    { what: "shows a friend where they are", act: shows },
    {
      what: "shows it for longer, and coarsely",
      prepare: shows,
      act: ({ world, guest, friend }) => showTo(world, guest, friend, 7_200, { precision: "coarse" }),
    },
  ],
  "location.endShare": [
    {
      what: "shows it no longer",
      prepare: shows,
      act: ({ guest, friend }) => guest.call("DELETE", `/user/${guest.id}/shares/${friend.id}`),
    },
    {
      what: "ends what was not there",
      act: ({ guest, friend }) => guest.call("DELETE", `/user/${guest.id}/shares/${friend.id}`),
    },
  ],
};
