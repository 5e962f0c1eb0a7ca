import type { Session } from "../../../src/realtime/session.ts";

/** What lies on a wire, on its way. */
export type Parcel = { readonly text: string } | { readonly close: number };

/** Hears what crosses a wire, when it is said. */
export interface Tap {
  clientSaid(line: Line, text: string): void;
  serverSaid(line: Line, text: string): void;
  closed(line: Line): void;
}

/** What both ends of a wire have in common. */
export interface Line {
  /** The device that opened it. */
  readonly owner: number;
  readonly tap: Tap;
  up: Parcel[];
  down: Parcel[];
  /** What one byte weighs in the server's queue: a slow reader's fills with few frames. */
  weight: number;
  readonly isCut: boolean;
  readonly session: Session | null;
  readonly client: { readonly done: boolean };
  readonly server: { readonly done: boolean; readonly dropped: boolean };
  cut(): void;
}
