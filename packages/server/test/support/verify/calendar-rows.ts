import type { CalendarId } from "@jarvis/contract";
import { examples } from "@jarvis/contract/examples";
import { expectOk } from "../events.ts";
import type { Answer, Person } from "../world.ts";
import type { Rows } from "./row.ts";
import type { Scene } from "./scene.ts";

const imported = new WeakMap<Scene, CalendarId>();

function importFile(person: Person): Promise<Answer> {
  const { document } = examples.calendars.addCalendar.request;
  return person.call("POST", `/user/${person.id}/calendars`, new Blob([document], { type: "text/calendar" }));
}

async function prepare(scene: Scene): Promise<void> {
  imported.set(scene, expectOk(await importFile(scene.guest), 201).id);
}

const pathOf = (scene: Scene) => `/user/${scene.guest.id}/calendars/${imported.get(scene)}`;

/** No state holds calendars: who looks at them fetches them. */
export const calendarRows: Rows = {
  "calendars.addCalendar": [{ what: "imports a calendar", act: ({ guest }) => importFile(guest) }],
  "calendars.refreshCalendar": [
    {
      what: "asks to read a file again, which is refused",
      prepare,
      async act(scene) {
        expectRefused(await scene.guest.call("POST", `${pathOf(scene)}/refresh`));
      },
    },
  ],
  "calendars.removeCalendar": [
    { what: "removes a calendar", prepare, act: (scene) => scene.guest.call("DELETE", pathOf(scene)) },
  ],
};

function expectRefused({ status }: Answer): void {
  if (status !== 422) throw new Error(`answered ${status}`);
}
