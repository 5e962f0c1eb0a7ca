import type { Answer } from "../world.ts";
import type { Scene } from "./scene.ts";

/** One way in which an endpoint or a frame is used. */
export interface Act {
  readonly what: string;
  /** What has to be there before anybody looks. */
  prepare?(scene: Scene): Promise<unknown>;
  /** The act itself; an answer that is none of 2xx fails, unless it is expected to be refused. */
  act(scene: Scene): Promise<Answer | void>;
  /** Whose connections it ends. */
  readonly ends?: readonly (keyof Scene)[];
  /** Entries do not tell all of it: the state says so, and the event is fetched again. */
  readonly refetched?: true;
  /** Read markers of others are looked at too: these people are told of one, as a frame. */
  readonly markers?: readonly (keyof Scene)[];
}

export type Rows = Readonly<Record<string, readonly Act[]>>;
