import { XaigridError, type Target } from '@xaigrid/contracts';
import { targetGraph, type Model, type ModelLayer } from '@xaigrid/graph';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import type { ModelDescription } from '../engine.js';
import { layerNamed } from '../request/check-request.js';
import type { Sessions } from './sessions.js';

/** What each computation of the engine onnxruntime needs. */
export interface OnnxContext {
  readonly model: Model;
  readonly description: ModelDescription;
  readonly sessions: Sessions;
  /** The number of rows in a forward pass. */
  readonly batchSize: number;
  /** The number of rows in a forward and backward pass. */
  readonly gradientBatchSize: number;
}

/**
 * Contexts whose model gives `target` instead of probabilities. There is one per target; names separate their graphs.
 * @throws OPERATION_UNSUPPORTED if the model's logits cannot be found
 */
export function targetedContexts(context: OnnxContext): (target?: Target) => OnnxContext {
  const { model, sessions } = context;
  const made = new Map<Target, OnnxContext>([['probability', context]]);
  return (target = 'probability') => {
    const known = made.get(target);
    if (known !== undefined) return known;
    const targeted: OnnxContext = {
      ...context,
      model: { ...model, graph: targetGraph(model, target) },
      sessions: { ...sessions, compiled: (key, compose) => sessions.compiled(`${target}: ${key}`, compose) },
    };
    made.set(target, targeted);
    return targeted;
  };
}

/** @throws LAYER_NOT_FOUND */
export function modelLayer({ model, description }: OnnxContext, name: string): ModelLayer {
  const described = layerNamed(description, name);
  const layer = model.layers.find((candidate) => candidate.name === described.name);
  if (layer !== undefined) return layer;
  throw new XaigridError('INTERNAL', `Layer "${name}" is described but not in the model.`);
}

export function emptyTensor(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(sizeOf(shape)) };
}

/** Copies the rows of a batch that are not padding into the result. */
export function writeRows(
  target: Tensor,
  values: Float32Array,
  { start, rows }: { readonly start: number; readonly rows: number },
): void {
  const stride = sizeOf(target.shape.slice(1));
  target.data.set(values.subarray(0, rows * stride), start * stride);
}
