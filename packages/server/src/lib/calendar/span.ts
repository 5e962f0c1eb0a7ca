export interface Span {
  /** Wall time at which the rule starts. */
  readonly start: number;
  /** Wall times that are asked for: from the first to the last, both inclusive. */
  readonly from: number;
  readonly to: number;
}

/** Takes a wall time; false when it wants no more. */
export type Visit = (wall: number) => boolean;
