import { readModel as readGraphModel, type Model, type ReadModelOptions } from '@xaigrid/graph';
import { evaluateConstants } from './onnxruntime/evaluate-constants.js';

/** Reads a model of any known format: `readModel` of libs/graph, what a file computes from its constants computed by ONNX Runtime. */
export function readModel(options: Omit<ReadModelOptions, 'evaluate'>): Promise<Model> {
  return readGraphModel({ ...options, evaluate: evaluateConstants });
}
