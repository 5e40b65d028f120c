import type { Engine } from '@xaigrid/engine';

/** 64 MiB of float32: what a call may hold in its largest tensors. */
const VALUES = 2 ** 24;

/** Beyond this many a call only gets longer, and cancelling coarser: batches are the engine's matter. */
const MOST_SAMPLES = 1024;

/** As many samples as fit into the budget at `valuesPerSample` float32 values each, in whole batches where one fits. */
export function samplesWithin(engine: Pick<Engine, 'batchSize'>, valuesPerSample: number): number {
  const samples = Math.min(MOST_SAMPLES, Math.max(1, Math.floor(VALUES / valuesPerSample)));
  return samples < engine.batchSize ? samples : samples - (samples % engine.batchSize);
}
