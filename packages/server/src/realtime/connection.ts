import type { StreamId } from "@jarvis/contract";
import type { Channel, Follower } from "./channel.ts";
import type { ReplayHost } from "./replay.ts";

/** The connection whose streams these are. */
export interface Connection {
  readonly isLive: boolean;
  send(text: string): void;
  fail(error: unknown, about: About): void;
  /** Ends it so that the client resumes. */
  interrupt(error: unknown): void;
  /** Sends what the task sends in one go. */
  together(task: () => void): void;
  /** It has more to read than it should. */
  readonly isBehind: boolean;
  readonly isWritable: boolean;
  /** Resolves once the socket takes more, or is closed. */
  writable(): Promise<void>;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** State as it is now: worth sending, and no news. */
  sendState(text: string): void;
  /** It hears the stream from after this entry on. */
  heardFrom(stream: StreamId, seq: number): void;
  /** All that it had missed has been sent. */
  caughtUp(): void;
}

export interface ChannelPool extends ReplayHost {
  retain(stream: StreamId, follower: Follower): Channel;
  release(channel: Channel, follower: Follower): void;
}

/** From where a connection goes on. */
export interface Beginning {
  readonly resume: Readonly<Record<string, number>>;
  readonly sameEpoch: boolean;
  /** Streams without a resume point may have been heard before: they are reset. */
  readonly resetsRest: boolean;
}

/** What an error frame refers to. */
export interface About {
  ref?: string | number | undefined;
  clientId?: string | undefined;
}
