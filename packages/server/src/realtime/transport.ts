import type { StreamId } from "@jarvis/contract";
import type { Beginning } from "./connection.ts";

/** What carries the frames of one connection: a WebSocket of Bun's, or what stands in for one. */
export interface Transport {
  /** 0 when the frame was dropped: a transport that does so is of no more use. */
  send(text: string): number;
  /** What is sent meanwhile leaves in one go; without it, frame by frame. */
  cork?(send: () => void): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  isSubscribed(topic: string): boolean;
  /** To everybody else who hears the topic, where the transport has a way to. */
  publish?(topic: string, text: string): unknown;
  /** Bytes that the peer has not taken yet. */
  getBufferedAmount(): number;
  close(code: number, reason?: string): void;
  /** Asks the peer for a sign of life, where the transport has a way to. */
  ping?(): void;
  /** Ends it without a word. */
  terminate(): void;
  /** As `send`, of state as it is now, which is no news; as `send` where this is absent. */
  sendState?(text: string): number;
  /** The connection hears the stream from after this entry on. */
  heardFrom?(stream: StreamId, seq: number): void;
  /** All that it had missed has been sent. */
  caughtUp?(): void;
}

/** Where a connection begins, once it is known where its streams stand. */
export type BeginningAt = (epoch: string, heads: Readonly<Record<string, number>>) => Beginning;
