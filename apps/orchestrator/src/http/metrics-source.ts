import type { RunState, ShardState } from '@xaigrid/contracts';
import type { MendingKind } from '@xaigrid/driving';

/** The numbers that are read from the store when Prometheus asks. */
export interface MetricsSource {
  /** The number of runs in each state. */
  runs(): Promise<Readonly<Partial<Record<RunState, number>>>>;
  /** The number of shards in each state, over the active runs. */
  shards(): Promise<Readonly<Partial<Record<ShardState, number>>>>;
  /** The MFLOP of the active runs, and the MFLOP that all runs have computed since this process started. */
  work(): Promise<{ readonly total: number; readonly open: number; readonly computed: number }>;
  /** What this process repaired about the queue since it started. */
  mended(): Readonly<Record<MendingKind, number>>;
}
