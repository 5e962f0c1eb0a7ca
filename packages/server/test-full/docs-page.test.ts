import { expect, test } from "bun:test";
import { signedIn } from "@jarvis/contract";
import { createWorld } from "../test/support/world.ts";
import { Page } from "./support/chromium.ts";

const timeoutMs = 60_000;

/** Opens an operation of the page, lets `fill` set its parameters, executes it, and reads status and body. */
async function tryOut(page: Page, operation: string, fill?: (block: string) => Promise<void>) {
  const block = `#operations-${operation}`;
  await page.click(`${block} .opblock-summary-control`);
  await page.click(`${block} .try-out__btn`);
  await fill?.(block);
  await page.click(`${block} .execute`);
  const status = await page.text(`${block} .live-responses-table tbody .response-col_status`);
  const body = await page.text(`${block} .live-responses-table tbody .highlight-code`);
  return { status: status.trim(), body };
}

test(
  "a person signs up, authorises and calls on the documentation's page, and no other host is asked",
  async () => {
    await using world = await createWorld();
    await using page = await Page.open(`${world.url}/docs`);

    const signUp = await tryOut(page, "accounts-createUser"); // with the example that the page proposes
    expect(signUp.status).toStartWith("201");
    const { id, token } = signedIn.parse((JSON.parse(jsonIn(signUp.body)) as { response: unknown }).response);
    if (token === undefined) throw new Error("a sign-up without a cookie answers with a token");

    await page.click(".scheme-container .authorize");
    await page.fill(".auth-container input", token ?? "");
    await page.click(".auth-container .authorize.button");
    await page.text(".auth-container .btn-done");
    await page.click(".auth-container .btn-done");

    const own = await tryOut(page, "accounts-getUser", (block) =>
      page.fill(`${block} .parameters input`, id),
    );
    expect(own.status).toStartWith("200");
    expect(own.body).toContain('"username": "Dan"');

    const event = await tryOut(page, "events-createEvent", (block) =>
      page.fill(`${block} textarea.body-param__text`, '{"name":"Dinner","duration":7200}'),
    );
    expect(event.status).toStartWith("201");
    expect(
      (await world.call("GET", `/user/${id}/events`, undefined, { authorization: `Bearer ${token}` }))
        .response,
    ).toMatchObject([{ name: "Dinner" }]);

    expect(page.requests.length).toBeGreaterThan(6);
    const elsewhere = page.requests.filter(
      (url) => !url.startsWith(`${world.url}/`) && !url.startsWith("data:"),
    );
    expect(elsewhere).toEqual([]);
    expect(page.complaints).toEqual([]);
  },
  timeoutMs,
);

/** The page shows "Download" behind the text. */
function jsonIn(text: string): string {
  return text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
}
