import type { Contract, Endpoint } from "@jarvis/contract";
import type { CallOptions, Method, Page } from "./call.ts";

/** Every feature of the contract with every endpoint as a method, except those that send a browser elsewhere. */
export type Features = {
  readonly [F in keyof Contract]: {
    readonly [N in keyof Contract[F] as Contract[F][N] extends { redirect: true } | { events: true }
      ? never
      : N]: MethodOf<F, N>;
  };
};
type MethodOf<F extends keyof Contract, N extends keyof Contract[F]> = Contract[F][N] extends Endpoint
  ? Method<Contract[F][N]>
  : never;

/** The calls of one person. */
export interface Api extends Features {
  readonly token: string | null;
  setToken(token: string | null): void;
  /** Every item of a paged list, fetched page by page: `for await (const event of client.pages(…))`. */
  pages<A extends object, T>(
    list: (args: A, options?: CallOptions) => Promise<Page<T>>,
    args: A,
    options?: CallOptions,
  ): AsyncGenerator<T, void, void>;
}
