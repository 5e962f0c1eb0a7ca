import type { Answer, World } from "./world.ts";

/** A browser as far as a server can tell: it keeps cookies, follows nothing by itself, and says where its page is from. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** `Set-Cookie` headers as they came. */
  readonly set: string[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** A call of a page of this origin: our own unless said otherwise; null sends none. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    origin: string | null = this.#world.url,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await this.#world.call(method, path, body, {
      ...(this.cookies.size > 0 ? { cookie: this.cookieHeader } : {}),
      ...(origin === null ? {} : { origin }),
      ...headers,
    });
    for (const header of answer.headers.getSetCookie()) this.#keep(header);
    return answer;
  }

  /** Goes to an address as a click on a link does: without `Origin`. */
  open(path: string): Promise<Answer> {
    return this.call("GET", path, undefined, null);
  }

  #keep(header: string): void {
    this.set.push(header);
    const [pair = "", ...attributes] = header.split("; ");
    const [name = "", value = ""] = pair.split("=");
    if (attributes.includes("Max-Age=0")) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
