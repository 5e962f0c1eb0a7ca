/** How long, and how many. What a person waits for must fail within three seconds rather than hang. */
export interface PostgresLimits {
  /** Connections at one time. */
  readonly connections: number;
  /** How long a query waits for one of them. */
  readonly waitMs: number;
  readonly connectMs: number;
  /** How long the server may say nothing while it has a question: then the connection is given up. */
  readonly answerMs: number;
  /** How long a unit may wait for something that is not the database. */
  readonly unitTimeoutMs: number;
  /** Units that wait or run, at most; more are refused. */
  readonly maxQueued: number;
  /** How often a unit is run, at most, while others come in between. */
  readonly attempts: number;
  /** How many units of one stream share a transaction, at most. */
  readonly maxTogether: number;
}

export const postgresLimits: PostgresLimits = {
  connections: 10,
  waitMs: 2_000,
  connectMs: 2_000,
  answerMs: 2_500,
  unitTimeoutMs: 5_000,
  maxQueued: 16_384,
  attempts: 12,
  maxTogether: 256,
};
