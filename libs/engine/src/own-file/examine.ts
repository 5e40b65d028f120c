import { toXaigridError, type EngineName } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { adapters } from '../adapters.js';
import type { Engine } from '../engine.js';
import type { WeightsFile } from '../weights/weights-file.js';
import { directionalDerivative, type DirectionalDerivative } from './directional-derivative.js';
import { openOnnxFile } from './run-onnx-file.js';
import type { OwnFile } from './own-file.js';

/** Which model to check, for which engine, on which samples. */
export interface ModelCheckRequest {
  readonly model: Model;
  /** The path of the file that the user named. */
  readonly path: string;
  /** The engine that the model is for. */
  readonly engine: EngineName;
  /** `[n, ...inputShape]`: a few different samples. */
  readonly samples: Tensor;
  /** Whether to check a derivative too. */
  readonly derivative?: boolean;
  /** The file of the model's shared weights, if they are shared. */
  readonly weights?: WeightsFile | undefined;
}

/** What running a model shows about it. */
export interface ModelCheck {
  readonly ownFile: OwnFileCheck;
  /** Absent if it was not requested, if the engine cannot differentiate the model, or if nothing depends on the input. */
  readonly derivative?: DirectionalDerivative;
}

/** The comparison of the model's own file, run on one sample at a time, with the engine, run on all samples in one batch. */
export type OwnFileCheck =
  | {
      readonly result: 'same';
      /** The library that ran the file: `onnxruntime-node 1.30.0`. */
      readonly by: string;
      readonly samples: number;
      /** The largest difference between two probabilities of one class. */
      readonly largestDifference: number;
    }
  | {
      readonly result: 'differs';
      readonly by: string;
      readonly sample: number;
      readonly class: number;
      readonly byItself: number;
      readonly inBatch: number;
    }
  | { readonly result: 'unchecked'; readonly reason: string };

/**
 * How far two probabilities of one class may differ. Rounding in deep nets reaches 1e-4; a file that is read wrongly differs by
 * more. Logarithms are compared too: if a class is nearly certain, only they distinguish two readings.
 */
const TOLERANCES = { probability: 1e-3, logarithm: 0.02 };
/** The same for files with float16 values or values quantised to 8 bits, which are coarser. */
const COARSE_TOLERANCES = { probability: 0.02, logarithm: 0.1 };
/** Float32 has too few digits to compare below this. */
const LEAST_PROBABILITY = 1e-30;
const quantized = /Quantize|^QLinear|Integer$/;

/**
 * Compares what a model computes here with what its file gives: ONNX files run on ONNX Runtime; Keras and TF.js models run on the
 * other engine, which has different kernels.
 * @throws the errors of the engine that the model is for
 */
export async function examine({
  model,
  path,
  engine,
  samples,
  weights,
  derivative = false,
}: ModelCheckRequest): Promise<ModelCheck> {
  const tested = await adapters[engine].create({ model, device: 'cpu', threads: 1, weights });
  try {
    const opened = await attempt(() => (model.format === 'onnx' ? openOnnxFile(path, model) : openOnOtherEngine(model, engine)));
    const ownFile =
      'reason' in opened
        ? { result: 'unchecked' as const, ...opened }
        : await compare(opened, tested, { samples, coarse: isCoarse(model) }).finally(() => opened.close());
    const slope = derivative ? await attempt(() => directionalDerivative(tested, samples)) : undefined;
    return { ownFile, ...(slope === undefined || 'reason' in slope ? {} : { derivative: slope }) };
  } finally {
    await tested.close();
  }
}

interface Unavailable {
  readonly reason: string;
}

/** The value, or a reason why there is none. A check that is impossible is not a failure, because nobody asked for that check. */
async function attempt<Value>(open: () => Promise<Value>): Promise<Value | Unavailable> {
  try {
    return await open();
  } catch (error) {
    // Only the first line of a library's message, without the path that the user gave, and without the advice to use the engine
    // that is in use.
    const [line = ''] = toXaigridError(error).message.split('\n');
    const told = line.replace(
      /^The engine tensorflow cannot (.*) Use the engine onnxruntime\.$/,
      'TensorFlow.js, which would check it, cannot $1',
    );
    return { reason: told.replace(/^Load model from .* failed: ?/, 'ONNX Runtime cannot load the file: ') };
  }
}

async function openOnOtherEngine(model: Model, engine: EngineName): Promise<OwnFile> {
  const other = await adapters[engine === 'onnxruntime' ? 'tensorflow' : 'onnxruntime'].create({
    model,
    device: 'cpu',
    threads: 1,
  });
  return {
    by: other.name === 'tensorflow' ? `${other.version} ${other.backend}` : other.version,
    predict: async (sample) => Float64Array.from((await other.predict(sample)).data),
    close: () => other.close(),
  };
}

async function compare(
  file: OwnFile,
  engine: Engine,
  { samples, coarse }: { readonly samples: Tensor; readonly coarse: boolean },
): Promise<OwnFileCheck> {
  const { by } = file;
  const count = samples.shape[0] ?? 0;
  const { classes, inputShape } = engine.model;
  const size = sizeOf(inputShape);
  const batch = await engine.predict(samples);
  let largestDifference = 0;
  for (let sample = 0; sample < count; sample++) {
    const one = { shape: [1, ...inputShape], data: samples.data.slice(sample * size, (sample + 1) * size) };
    const alone = await attempt(() => file.predict(one));
    if ('reason' in alone) return { result: 'unchecked', reason: alone.reason };
    for (let at = 0; at < classes; at++) {
      const [byItself, inBatch] = [alone[at] ?? NaN, batch.data[sample * classes + at] ?? NaN];
      if (!agree(byItself, inBatch, coarse)) return { result: 'differs', by, sample, class: at, byItself, inBatch };
      largestDifference = Math.max(largestDifference, Math.abs(byItself - inBatch) || 0);
    }
  }
  return { result: 'same', by, samples: count, largestDifference };
}

function agree(a: number, b: number, coarse: boolean): boolean {
  // Values that are not finite are reported elsewhere, with their source.
  if (!Number.isFinite(a) && !Number.isFinite(b)) return true;
  const { probability, logarithm } = coarse ? COARSE_TOLERANCES : TOLERANCES;
  if (!(Math.abs(a - b) <= probability)) return false;
  if (a < LEAST_PROBABILITY || b < LEAST_PROBABILITY) return true;
  return Math.abs(Math.log(a / b)) <= logarithm * (1 + Math.abs(Math.log(a)));
}

function isCoarse({ halfPrecision, graph }: Model): boolean {
  return halfPrecision === true || graph.nodes.some(({ op }) => quantized.test(op));
}
