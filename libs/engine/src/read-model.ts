import { readModel as readGraphModel, type Model, type ReadModelOptions } from '@xaigrid/graph';
import { evaluateConstants } from './onnxruntime/evaluate-constants.js';
import { shareWeights } from './weights/share-weights.js';

/**
 * Reads a model of any known format: `readModel` of libs/graph, what a file computes from its constants computed by ONNX Runtime. The weights
 * of a large one are in memory that its engines' threads share.
 */
export async function readModel(options: Omit<ReadModelOptions, 'evaluate'>): Promise<Model> {
  return shareWeights(await readGraphModel({ ...options, evaluate: evaluateConstants }));
}
