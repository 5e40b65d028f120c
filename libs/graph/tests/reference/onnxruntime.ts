import { loadOnnxRuntime } from '../../../engine/src/onnxruntime/load-onnxruntime.js';
import type { Graph } from '../../src/graph.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { arrayOf, type NdArray } from './array.js';

/** Executes a graph (or the bytes of a model file) with ONNX Runtime on one thread; `type`: of what is fed. */
export async function runOnnx(
  model: Graph | Uint8Array,
  feeds: Readonly<Record<string, NdArray>>,
  type: 'float32' | 'float64' = 'float32',
): Promise<Map<string, NdArray>> {
  const { InferenceSession, Tensor } = (await loadOnnxRuntime()).ort;
  const session = await InferenceSession.create(model instanceof Uint8Array ? model : writeOnnx(model), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  try {
    const tensors = Object.entries(feeds).map(
      ([name, { shape, data }]) =>
        [name, type === 'float32' ? new Tensor(type, Float32Array.from(data), shape) : new Tensor(type, data, shape)] as const,
    );
    const results = await session.run(Object.fromEntries(tensors));
    return new Map(
      Object.entries(results).map(([name, { dims, data }]) => [
        name,
        arrayOf(dims, Array.from(data as Iterable<number | bigint>, Number)),
      ]),
    );
  } finally {
    await session.release();
  }
}
