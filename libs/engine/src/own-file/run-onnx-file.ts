import { XaigridError } from '@xaigrid/contracts';
import { dataTypes, GraphBuilder, int, writeOnnx, type Model } from '@xaigrid/graph';
import { channelsFirst, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { loadOnnxRuntime, type OnnxRuntime } from '../onnxruntime/load-onnxruntime.js';
import { wrongRewritings } from '../onnxruntime/sessions.js';
import type { OwnFile } from './own-file.js';
import { probabilitiesOf } from './probabilities.js';

/** Element types that are read and written, by ONNX Runtime's names. */
const elementTypes: Partial<Record<string, 'float' | 'double' | 'float16'>> = {
  float32: 'float',
  float64: 'double',
  float16: 'float16',
};

const options: InferenceSession.SessionOptions = {
  ...{ intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 },
  // Opened for a few samples: weights are not laid out anew for its kernels.
  extra: { optimization: { disable_specified_optimizers: wrongRewritings.join(';') }, session: { disable_prepacking: '1' } },
};

/**
 * An ONNX file as it is, opened by ONNX Runtime from its path. A file of a larger fixed batch gets the sample as often as it wants samples.
 * @throws ENGINE_UNAVAILABLE, ENGINE_FAILED for values of types that are not compared, and what ONNX Runtime throws for a file that it does not take
 */
export async function openOnnxFile(path: string, { input, output }: Pick<Model, 'input' | 'output'>): Promise<OwnFile> {
  const { ort, version } = await loadOnnxRuntime();
  const session = await ort.InferenceSession.create(path, options);
  const [name = ''] = session.inputNames;
  const [metadata] = session.inputMetadata;
  const batch = metadata?.isTensor === true ? metadata.shape[0] : undefined;
  const rows = typeof batch === 'number' && batch > 0 ? batch : 1;
  const wanted = metadata?.isTensor === true ? metadata.type : 'float32';

  async function predict(sample: Tensor): Promise<Float64Array> {
    const inFile = input.layout?.layout === 'channels-last' ? sample : channelsFirst(sample);
    const repeated = new Float32Array(rows * sizeOf(inFile.shape));
    for (let row = 0; row < rows; row++) repeated.set(inFile.data, row * inFile.data.length);
    const fed = new ort.Tensor('float32', repeated, [rows, ...inFile.shape.slice(1)]);
    const { [output.file.name]: given } = await session.run({ [name]: await cast(ort, fed, wanted) }, [output.file.name]);

    if (given === undefined) throw new XaigridError('ENGINE_FAILED', `It gives no "${output.file.name}".`);
    const { data } = await cast(ort, given, 'float32');
    // Cast to float32 just now.
    return probabilitiesOf(Float64Array.from((data as Float32Array).subarray(0, data.length / rows)), output.ending);
  }

  return { by: version, predict, close: () => session.release() };
}

/** A tensor in another type: JavaScript has no float16 everywhere. */
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
