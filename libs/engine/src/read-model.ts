import type { Model, ReadModelOptions } from '@xaigrid/graph';
import { shareWeights } from './weights/share-weights.js';

/**
 * Reads a model of any known format: `readModel` of libs/graph, what a file computes from its constants computed by ONNX Runtime. The weights
 * of a large one are in memory that its engines' threads share. What reads is loaded with the first model.
 */
export async function readModel(options: Omit<ReadModelOptions, 'evaluate'>): Promise<Model> {
  const [{ readModel: readGraphModel }, { evaluateConstants }] = await Promise.all([
    import('@xaigrid/graph'),
    import('./onnxruntime/evaluate-constants.js'),
  ]);
  return shareWeights(await readGraphModel({ ...options, evaluate: evaluateConstants }));
}
