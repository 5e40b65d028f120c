import { toXaigridError, XaigridError } from '@xaigrid/contracts';
import { type Constant, type ConstantPart, type ElementType, writeOnnx } from '@xaigrid/graph';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { loadOnnxRuntime } from './load-onnxruntime.js';

/** The element types of graphs, by their names in ONNX Runtime. */
const types: Partial<Record<OrtTensor.Type, ElementType>> = {
  ...{ float32: 'float', float64: 'double', int32: 'int32', int64: 'int64', bool: 'bool', uint8: 'uint8', int8: 'int8' },
};

/**
 * Computes the nodes of a file that depend only on constants, with the kernels that compute the model itself.
 * @throws MODEL_UNREADABLE with ONNX Runtime's message if it cannot compute them, ENGINE_UNAVAILABLE
 */
export async function evaluateConstants({ nodes, constants, wanted }: ConstantPart): Promise<Map<string, Constant>> {
  const { ort } = await loadOnnxRuntime();
  const bytes = writeOnnx({ name: 'constants', inputs: [], outputs: wanted.map((name) => ({ name })), nodes, constants });
  try {
    const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 });
    try {
      const results = await session.run({});
      return new Map(Object.entries(results).flatMap(([name, value]) => held(name, value)));
    } finally {
      await session.release();
    }
  } catch (error) {
    const { message } = toXaigridError(error);
    throw new XaigridError(
      'MODEL_UNREADABLE',
      `A value that depends only on the model's constants cannot be computed: ${message}`,
      {
        cause: error,
      },
    );
  }
}

function held(name: string, { type, dims, data }: OrtTensor): (readonly [string, Constant])[] {
  const own = types[type];
  // Constants of these types hold these arrays.
  return own === undefined ? [] : [[name, { type: own, shape: dims, data: data as Constant['data'] }]];
}
