import type { Engine } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';

/** 64 MiB of float32: what a call may hold in its largest tensors. */
const VALUES = 2 ** 24;

/** Beyond this many a call only gets longer, and cancelling coarser: batches are the engine's matter. */
const MOST_SAMPLES = 1024;

/** As many samples as fit into the budget at `valuesPerSample` float32 values each, in whole batches where one fits. */
export function samplesWithin(engine: Pick<Engine, 'batchSize'>, valuesPerSample: number): number {
  const samples = Math.min(MOST_SAMPLES, Math.max(1, Math.floor(VALUES / valuesPerSample)));
  return samples < engine.batchSize ? samples : samples - (samples % engine.batchSize);
}

/** Gradients, or passes, in one call: bounds how long it takes, and how late it notices that it is not wanted any more. */
const MOST_GRADIENTS = 16_384;

/** As many samples as fit when each takes `gradients` input gradients, or as many passes. */
export function samplesForGradients(engine: Pick<Engine, 'batchSize' | 'model'>, gradients: number): number {
  const fitting = samplesWithin(engine, 4 * sizeOf(engine.model.inputShape));
  return Math.min(fitting, Math.max(1, Math.floor(MOST_GRADIENTS / gradients)));
}
