import type { Model } from '@xaigrid/graph';
import { activationBytes, largestActivationBytes, powerOfTwo } from '../batch-size.js';
import { describeModel } from '../describe-model.js';
import type { Engine } from '../engine.js';
import { deepLift } from './deep-lift.js';
import { expectedGradients } from './expected-gradients.js';
import { findNotFinite } from './find-not-finite.js';
import { gradient } from './gradient.js';
import { loadOnnxRuntime } from './load-onnxruntime.js';
import { targetedContexts, type OnnxContext } from './onnx-context.js';
import { activations, predict } from './predict.js';
import { recurrentBytes, REWRITTEN_NODES } from './recurrent.js';
import type { WeightsFile } from '../weights/weights-file.js';
import { scoreMasks } from './score-masks.js';
import { createSessions, type OptimizationLevel } from './sessions.js';

/**
 * Values of this size stay within a core's cache as they pass between operations. Measured on 2 cores: the report's 1-D net needs
 * 9.8 µs per sample in batches of 16, 7.9 µs in batches of 128, and 8.6 µs in batches of 1024. VGG-7 at 224² needs 27 ms per
 * sample in any batch.
 */
const CACHE_BYTES = 2 ** 20;
const LARGEST_BATCH = 128;
/** The limit for all activations of a forward and a backward pass, about twice those of the forward pass. */
const MEMORY_BYTES = 192 * 2 ** 20;

/** How the engine computes: threads, rewriting of graphs, shared weights. */
export interface OnnxRuntimeEngineOptions {
  readonly model: Model;
  readonly threads: number;
  /** How much ONNX Runtime may rewrite the graphs. Default: all. */
  readonly optimization?: OptimizationLevel;
  /** The file of the model's shared weights, if they are shared. The caller that creates the engine holds it. */
  readonly weights?: WeightsFile | undefined;
}

/**
 * An engine on ONNX Runtime. Every kind of request has its own graph, composed around the model and compiled at the first
 * request.
 * @throws ENGINE_UNAVAILABLE, ENGINE_FAILED
 */
export async function createOnnxRuntimeEngine({
  model,
  threads,
  optimization,
  weights,
}: OnnxRuntimeEngineOptions): Promise<Engine> {
  const { ort, version } = await loadOnnxRuntime();
  const description = describeModel(model);
  const cached = Math.min(LARGEST_BATCH, Math.floor(CACHE_BYTES / largestActivationBytes(description)));
  const unrolled = recurrentBytes(model.graph);
  const held = Math.floor(MEMORY_BYTES / (2 * (activationBytes(description) + unrolled)));
  // Some models take one sample at a time.
  const batchSize = model.alone === undefined ? powerOfTwo(Math.min(cached, held)) : 1;
  const sessions = createSessions({
    ...{ ort, threads },
    ...(optimization === undefined ? {} : { optimization }),
    ...(weights === undefined ? {} : { weights }),
    ...(unrolled > 0 && { rewrittenNodes: REWRITTEN_NODES }),
  });
  const context: OnnxContext = { model, description, sessions, batchSize, gradientBatchSize: batchSize };
  const of = targetedContexts(context);
  return {
    name: 'onnxruntime',
    version,
    backend: 'cpu',
    model: description,
    batchSize,
    predict: async (inputs, target) => predict(of(target), inputs),
    activations: (inputs, layers) => activations(context, inputs, layers),
    gradient: async (request) => gradient(of(request.target), request),
    scoreMasks: async (request) => scoreMasks(of(request.target), request),
    findNotFinite: (request) => findNotFinite(context, request),
    deepLift: async (references, { softmaxRule, target } = {}) => deepLift(of(target), references, softmaxRule),
    expectedGradients: async (references, target) => Promise.resolve(expectedGradients(of(target), references)),
    close: () => sessions.close(),
  };
}
