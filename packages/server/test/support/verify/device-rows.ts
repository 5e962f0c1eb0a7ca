import type { DeviceId } from "@jarvis/contract";
import { expectOk } from "../events.ts";
import type { Answer } from "../world.ts";
import type { Rows } from "./row.ts";
import type { Scene } from "./scene.ts";

const made = new WeakMap<Scene, DeviceId>();

function makePhone({ guest }: Scene): Promise<Answer> {
  return guest.call("POST", `/user/${guest.id}/devices`, { name: "Phone" });
}

async function prepare(scene: Scene): Promise<void> {
  made.set(scene, expectOk(await makePhone(scene), 201).id);
}

const pathOf = (scene: Scene) => `/user/${scene.guest.id}/devices/${made.get(scene)}`;

export const deviceRows: Rows = {
  "devices.createDevice": [{ what: "makes a phone that reports", act: makePhone }],
  "devices.renameDevice": [
    {
      what: "renames it",
      prepare,
      act: (scene) => scene.guest.call("PATCH", pathOf(scene), { name: "Old" }),
    },
  ],
  "devices.removeDevice": [
    { what: "removes it", prepare, act: (scene) => scene.guest.call("DELETE", pathOf(scene)) },
  ],
};
