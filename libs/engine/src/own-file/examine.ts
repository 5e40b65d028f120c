import { toXaigridError, type EngineName } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { adapters } from '../adapters.js';
import type { Engine } from '../engine.js';
import type { WeightsFile } from '../weights/weights-file.js';
import { directionalDerivative, type DirectionalDerivative } from './directional-derivative.js';
import { openOnnxFile } from './run-onnx-file.js';
import type { OwnFile } from './own-file.js';

export interface ModelCheckRequest {
  readonly model: Model;
  /** Where the file is that the user named. */
  readonly path: string;
  /** The engine that the model is for. */
  readonly engine: EngineName;
  /** `[n, ...inputShape]`: a few that differ. */
  readonly samples: Tensor;
  /** Whether a derivative is wanted too. */
  readonly derivative?: boolean;
  /** Where the model's weights lie, where they are shared. */
  readonly weights?: WeightsFile | undefined;
}

/** What is found out about a model by running it. */
export interface ModelCheck {
  readonly ownFile: OwnFileCheck;
  /** Absent where it was not wanted, or the engine cannot differentiate the model, or nothing depends on the input. */
  readonly derivative?: DirectionalDerivative;
}

/** What a model's file gives by itself, one sample at a time, beside what an engine makes of all samples in one batch. */
export type OwnFileCheck =
  | {
      readonly result: 'same';
      /** What ran the file: `onnxruntime-node 1.30.0`. */
      readonly by: string;
      readonly samples: number;
      /** Between two probabilities of a class. */
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
 * How far two probabilities of one class may be apart: rounding in deep nets takes them to 1e-4, and a file that is read wrongly is off by more.
 * Logarithms, too: where a class is nearly certain only they tell one reading from another.
 */
const TOLERANCES = { probability: 1e-3, logarithm: 0.02 };
/** The same of files with values of float16 or quantised to 8 bits, whose own steps are larger. */
const COARSE_TOLERANCES = { probability: 0.02, logarithm: 0.1 };
/** Below this float32 has no digits to compare. */
const LEAST_PROBABILITY = 1e-30;
const quantized = /Quantize|^QLinear|Integer$/;

/**
 * Compares what a model computes here with what its file gives by itself: ONNX files on ONNX Runtime; Keras and TF.js models on the other
 * engine, which has kernels of its own.
 * @throws what the engine throws that the model is for
 */
export async function examine({
  model,
  path,
  engine,
  samples,
  weights,
  derivative = false,
}: ModelCheckRequest): Promise<ModelCheck> {
  const tested = await adapters[engine].create({ model, threads: 1, weights });
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

/** What cannot be done is a reason, no failure: nobody asked for it. */
async function attempt<Value>(open: () => Promise<Value>): Promise<Value | Unavailable> {
  try {
    return await open();
  } catch (error) {
    // What libraries say goes on over several lines.
    return { reason: toXaigridError(error).message.split('\n')[0] ?? '' };
  }
}

async function openOnOtherEngine(model: Model, engine: EngineName): Promise<OwnFile> {
  const other = await adapters[engine === 'onnxruntime' ? 'tensorflow' : 'onnxruntime'].create({ model, threads: 1 });
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
  // What is not finite is said elsewhere, and of what.
  if (!Number.isFinite(a) && !Number.isFinite(b)) return true;
  const { probability, logarithm } = coarse ? COARSE_TOLERANCES : TOLERANCES;
  if (!(Math.abs(a - b) <= probability)) return false;
  if (a < LEAST_PROBABILITY || b < LEAST_PROBABILITY) return true;
  return Math.abs(Math.log(a / b)) <= logarithm * (1 + Math.abs(Math.log(a)));
}

function isCoarse({ halfPrecision, graph }: Model): boolean {
  return halfPrecision === true || graph.nodes.some(({ op }) => quantized.test(op));
}
