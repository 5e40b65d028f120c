import { readFile } from 'node:fs/promises';
import { XaigridError } from '@xaigrid/contracts';
import { dataTypes, GraphBuilder, int, LARGEST_INPUT, withTensorOutput, writeOnnx, type Model } from '@xaigrid/graph';
import { channelsFirst, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { loadOnnxRuntime, type OnnxRuntime } from '../onnxruntime/load-onnxruntime.js';
import { wrongRewritings } from '../onnxruntime/sessions.js';
import type { OwnFile } from './own-file.js';
import { probabilitiesOf } from './probabilities.js';

/** The element types that can be read and written, by their names in ONNX Runtime. */
const elementTypes: Partial<Record<string, 'float' | 'double' | 'float16'>> = {
  float32: 'float',
  float64: 'double',
  float16: 'float16',
};

const options: InferenceSession.SessionOptions = {
  ...{ intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 },
  // The session is for a few samples, so weights are not converted to the layout of its kernels.
  extra: { optimization: { disable_specified_optimizers: wrongRewritings.join(';') }, session: { disable_prepacking: '1' } },
};

/**
 * Opens an ONNX file as it is, from its path, with ONNX Runtime. If the file has a larger fixed batch, the sample is repeated.
 * @throws ENGINE_UNAVAILABLE, ENGINE_FAILED for values of types that are not compared or a batch that is too large, and the errors
 * of ONNX Runtime for a file that it refuses
 */
export async function openOnnxFile(path: string, { input, output }: Pick<Model, 'input' | 'output'>): Promise<OwnFile> {
  const { ort, version } = await loadOnnxRuntime();
  const tensor = output.file.outputs.length > 1 ? withTensorOutput(await readFile(path), output.file.name) : undefined;
  const answer = tensor?.name ?? output.file.name;
  const session = await (tensor === undefined
    ? ort.InferenceSession.create(path, options)
    : ort.InferenceSession.create(tensor.bytes, options));
  const inputs = session.inputMetadata.map((metadata) =>
    metadata.isTensor ? metadata : { name: metadata.name, type: 'float32' as const, shape: [] },
  );
  const batch = inputs[0]?.shape[0];
  const rows = typeof batch === 'number' && batch > 0 ? batch : 1;
  if (rows * sizeOf(input.shape) > LARGEST_INPUT) {
    await session.release();
    throw new XaigridError('ENGINE_FAILED', `It takes batches of ${rows} samples only, which are too large to try.`);
  }

  async function predict(sample: Tensor): Promise<Float64Array> {
    const inFile = input.layout?.layout === 'channels-last' ? sample : channelsFirst(sample);
    const repeated = new Float32Array(rows * sizeOf(inFile.shape));
    for (let row = 0; row < rows; row++) repeated.set(inFile.data, row * inFile.data.length);
    const fed: Record<string, OrtTensor> = {};
    let column = 0;
    for (const { name, type, shape } of inputs) {
      // A table may have one input per column.
      const width = inputs.length > 1 ? Number(shape[1] ?? 1) : undefined;
      const own = width === undefined ? repeated : columnsOf(repeated, { rows, from: column, width });
      column += width ?? 0;
      const extents = width === undefined ? inFile.shape.slice(1) : [width];
      fed[name] = await cast(ort, new ort.Tensor('float32', own, [rows, ...extents]), type);
    }
    const { [answer]: given } = await session.run(fed, [answer]);
    if (given === undefined) throw new XaigridError('ENGINE_FAILED', `It gives no "${output.file.name}".`);
    const { data } = await cast(ort, given, 'float32');
    // It was cast to float32 above.
    return probabilitiesOf(Float64Array.from((data as Float32Array).subarray(0, data.length / rows)), output.ending);
  }

  return { by: version, predict, close: () => session.release() };
}

function columnsOf(
  table: Float32Array,
  { rows, from, width }: { readonly rows: number; readonly from: number; readonly width: number },
): Float32Array {
  const columns = table.length / rows;
  return Float32Array.from({ length: rows * width }, (_, at) => {
    return table[Math.floor(at / width) * columns + from + (at % width)] ?? NaN;
  });
}

/** Casts a tensor to another type: not every JavaScript version has float16. */
async function cast(ort: OnnxRuntime, tensor: OrtTensor, type: string): Promise<OrtTensor> {
  const [from, to] = [elementTypes[tensor.type], elementTypes[type]];
  if (from === undefined || to === undefined) throw new XaigridError('ENGINE_FAILED', `It has values of type ${type}.`);
  if (from === to) return tensor;
  const builder = new GraphBuilder('cast');
  const value = builder.input('x', from, tensor.dims);
  builder.output(builder.node('Cast', [value], { to: int(dataTypes[to]) }), 'y');
  const session = await ort.InferenceSession.create(writeOnnx(builder.build()), options);
  try {
    const { y } = await session.run({ x: tensor });
    return y ?? tensor;
  } finally {
    await session.release();
  }
}
