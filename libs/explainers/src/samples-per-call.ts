import type { Engine } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';

/** 64 MiB of float32: the size of a call's largest tensors. */
const VALUES = 2 ** 24;

/** More samples only make a call longer and cancelling slower. The engine makes the batches. */
const MOST_SAMPLES = 1024;

/** The number of samples that fit into the budget at `valuesPerSample` float32 values each, in whole batches if one fits. */
export function samplesWithin(engine: Pick<Engine, 'batchSize'>, valuesPerSample: number): number {
  const samples = Math.min(MOST_SAMPLES, Math.max(1, Math.floor(VALUES / valuesPerSample)));
  return samples < engine.batchSize ? samples : samples - (samples % engine.batchSize);
}

/** Gradients, or passes, in one call. This bounds the duration of a call, and how long it takes to notice a cancellation. */
const MOST_GRADIENTS = 16_384;

/** The number of samples that fit if each takes `gradients` input gradients, or as many passes. */
export function samplesForGradients(engine: Pick<Engine, 'batchSize' | 'model'>, gradients: number): number {
  const fitting = samplesWithin(engine, 4 * sizeOf(engine.model.inputShape));
  return Math.min(fitting, Math.max(1, Math.floor(MOST_GRADIENTS / gradients)));
}
