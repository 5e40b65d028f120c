import type { Model, ReadModelOptions } from '@xaigrid/graph';
import { shareWeights } from './weights/share-weights.js';

/**
 * Reads a model of any known format: `readModel` of libs/graph, with ONNX Runtime to compute what depends only on constants. The
 * weights of a large model are in memory that the threads of its engines share. The reader is loaded with the first model.
 */
export async function readModel(options: Omit<ReadModelOptions, 'evaluate'>): Promise<Model> {
  const [{ readModel: readGraphModel }, { evaluateConstants }] = await Promise.all([
    import('@xaigrid/graph'),
    import('./onnxruntime/evaluate-constants.js'),
  ]);
  return shareWeights(await readGraphModel({ ...options, evaluate: evaluateConstants }));
}
