import type { Device } from '@xaigrid/contracts';
import { ablate } from './ablate.js';
import type { Model } from '@xaigrid/graph';
import { describeModel } from '../describe-model.js';
import type { Engine } from '../engine.js';
import { batchSizeOn } from './batch-policy.js';
import { deepLift } from './deep-lift.js';
import { expectedGradients } from './expected-gradients.js';
import { findNotFinite } from './find-not-finite.js';
import { gradient } from './gradient.js';
import { loadOnnxRuntime } from './load-onnxruntime.js';
import { targetedContexts, type OnnxContext } from './onnx-context.js';
import { activations, predict } from './predict.js';
import { recurrentBytes, REWRITTEN_NODES } from './recurrent.js';
import type { WeightsFile } from '../weights/weights-file.js';
import { biasGradients } from './bias-gradients.js';
import { relevance } from './relevance.js';
import { scoreMasks } from './score-masks.js';
import { createSessions, type OptimizationLevel } from './sessions.js';

export interface OnnxRuntimeEngineOptions {
  readonly model: Model;
  /** Default: the processor. */
  readonly device?: Device;
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
  device = 'cpu',
  threads,
  optimization,
  weights,
}: OnnxRuntimeEngineOptions): Promise<Engine> {
  const { ort, version } = await loadOnnxRuntime();
  const description = describeModel(model);
  const unrolled = recurrentBytes(model.graph);
  // Some models take one sample at a time.
  const batchSize = model.alone === undefined ? batchSizeOn(device, description, unrolled) : 1;
  const sessions = createSessions({
    ...{ ort, device, threads },
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
    device,
    model: description,
    batchSize,
    predict: async (inputs, target) => predict(of(target), inputs),
    activations: (inputs, layers) => activations(context, inputs, layers),
    gradient: async (request) => gradient(of(request.target), request),
    biasGradients: async (request) => biasGradients(of(request.target), request),
    relevance: async (request) => relevance(of('logit'), request),
    scoreMasks: async (request) => scoreMasks(of(request.target), request),
    ablate: async (request) => ablate(of(request.target), request),
    findNotFinite: (request) => findNotFinite(context, request),
    deepLift: async (references, { softmaxRule, target } = {}) => deepLift(of(target), references, softmaxRule),
    expectedGradients: async (references, target) => Promise.resolve(expectedGradients(of(target), references)),
    close: () => sessions.close(),
  };
}
