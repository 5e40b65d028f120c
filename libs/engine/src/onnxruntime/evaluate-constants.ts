import { toXaigridError, XaigridError } from '@xaigrid/contracts';
import { type Constant, type ConstantPart, type ElementType, writeOnnx } from '@xaigrid/graph';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { loadOnnxRuntime } from './load-onnxruntime.js';

/** Element types by ONNX Runtime's names, as far as graphs have them. */
const types: Partial<Record<OrtTensor.Type, ElementType>> = {
  ...{ float32: 'float', float64: 'double', int32: 'int32', int64: 'int64', bool: 'bool', uint8: 'uint8', int8: 'int8' },
};

/**
 * What a file's nodes make of its constants, computed by ONNX Runtime as it computes the model itself.
 * @throws MODEL_UNREADABLE with ONNX Runtime's words where it cannot compute them, ENGINE_UNAVAILABLE
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
  // The arrays of these types are what constants hold.
  return own === undefined ? [] : [[name, { type: own, shape: dims, data: data as Constant['data'] }]];
}
