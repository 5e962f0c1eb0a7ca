import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

type Json = Record<string, unknown>;

const protocolMessage = z.object({
  id: z.int().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
const evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z
    .object({ exception: z.object({ description: z.string() }).optional(), text: z.string() })
    .optional(),
});
const requested = z.object({ request: z.object({ url: z.string() }) });

/** A page in Debian's Chromium, driven over the DevTools protocol. It must be installed: the test fails without it. */
export class Page implements AsyncDisposable {
  /** Address of every request that the page made. */
  readonly requests: string[] = [];
  /** What the browser complained about: exceptions, refused content, failed loads. */
  readonly complaints: string[] = [];
  readonly #socket: WebSocket;
  readonly #stop: () => Promise<void>;
  readonly #pending = new Map<number, { resolve(result: Json): void; reject(error: Error): void }>();
  #session: string | undefined;
  #calls = 0;

  private constructor(socket: WebSocket, stop: () => Promise<void>) {
    this.#socket = socket;
    this.#stop = stop;
    socket.addEventListener("message", ({ data }) => this.#receive(String(data)));
  }

  static async open(url: string): Promise<Page> {
    const { endpoint, stop } = await startChromium();
    const socket = new WebSocket(endpoint);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("Chromium does not listen")), { once: true });
    });
    const page = new Page(socket, stop);
    const { targetId } = await page.#call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await page.#call("Target.attachToTarget", { targetId, flatten: true });
    page.#session = String(sessionId);
    for (const domain of ["Network", "Runtime", "Log", "Page"]) await page.#call(`${domain}.enable`, {});
    await page.#call("Page.navigate", { url });
    return page;
  }

  /** Runs an expression in the page, and waits for the promise that it may be. */
  async evaluate(expression: string): Promise<unknown> {
    const parameters = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = evaluated.parse(await this.#call("Runtime.evaluate", parameters));
    if (exceptionDetails === undefined) return result.value;
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }

  /** Waits until the page has an element that fits, and answers its text. */
  async text(selector: string): Promise<string> {
    return String(await this.evaluate(`${appeared(selector)}.then((element) => element.textContent)`));
  }

  async click(selector: string): Promise<void> {
    await this.evaluate(`${appeared(selector)}.then((element) => element.click())`);
  }

  /** Types into a field so that React hears of it: it listens to the setter that it replaced. */
  async fill(selector: string, value: string): Promise<void> {
    await this.evaluate(`${appeared(selector)}.then((element) => {
      const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value");
      set.call(element, ${JSON.stringify(value)});
      element.dispatchEvent(new Event("input", { bubbles: true }));
      element.dispatchEvent(new FocusEvent("focusout", { bubbles: true })); // some fields wait for the end of typing
    })`);
  }

  #call(method: string, params: Json): Promise<Json> {
    const id = ++this.#calls;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  #receive(text: string): void {
    const { id, method, params = {}, result = {}, error } = protocolMessage.parse(JSON.parse(text));
    if (id !== undefined) {
      if (error === undefined) this.#pending.get(id)?.resolve(result);
      else this.#pending.get(id)?.reject(new Error(error.message));
      this.#pending.delete(id);
    } else if (method === "Network.requestWillBeSent")
      this.requests.push(requested.parse(params).request.url);
    else if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded")
      this.complaints.push(JSON.stringify(params));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#stop();
  }
}

function appeared(selector: string): string {
  return `new Promise((resolve) => {
    const observer = new MutationObserver(look);
    function look() {
      const element = document.querySelector(${JSON.stringify(selector)});
      if (element === null) return;
      observer.disconnect();
      resolve(element);
    }
    observer.observe(document, { childList: true, subtree: true, attributes: true });
    look();
  })`;
}

const flags = [
  "--headless=new",
  "--no-sandbox", // root, as in a container, may have no sandbox
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--remote-debugging-port=0",
];

async function startChromium(): Promise<{ endpoint: string; stop: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-chromium-"));
  const command = ["chromium", ...flags, `--user-data-dir=${directory}`, "about:blank"];
  const browser = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  async function stop(): Promise<void> {
    browser.kill("SIGTERM");
    await browser.exited;
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  return { endpoint: await announced(browser.stderr), stop };
}

/** Chromium says on its standard error where it listens. */
async function announced(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stderr.getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    const endpoint = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
    if (endpoint === undefined) continue;
    reader.releaseLock();
    void stderr.pipeTo(new WritableStream()); // a full pipe would stop the browser
    return endpoint;
  }
  throw new Error(`Chromium ended: ${text}`);
}
