import { evaluateConstants } from '../../../engine/src/onnxruntime/evaluate-constants.js';
import type { Model } from '../../src/model.js';
import { readModel as read, type ReadModelOptions } from '../../src/read-model.js';

/** Reads a model as the engine does. */
export const readModel = (options: Omit<ReadModelOptions, 'evaluate'>): Promise<Model> =>
  read({ ...options, evaluate: evaluateConstants });
