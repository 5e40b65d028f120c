import type { RunState, ShardState } from '@xaigrid/contracts';
import type { MendingKind } from '@xaigrid/driving';

/** The numbers that are read from the store when Prometheus asks. */
export interface MetricsSource {
  /** Runs in each state. */
  runs(): Promise<Readonly<Partial<Record<RunState, number>>>>;
  /** Shards in each state, over the runs that are under way. */
  shards(): Promise<Readonly<Partial<Record<ShardState, number>>>>;
  /** MFLOP of the runs under way, and what all runs have computed since this process started. */
  work(): Promise<{ readonly total: number; readonly open: number; readonly computed: number }>;
  /** What this process put right of the queue since it started. */
  mended(): Readonly<Record<MendingKind, number>>;
}
