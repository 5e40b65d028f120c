import { XaigridError } from '@xaigrid/contracts';
import { blurredValues, type ModelDescription } from '@xaigrid/engine';
import { rowsOf, sizeOf, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { rowOutputs } from './class-outputs.js';
import type { ExplainRequest, PrepareOptions } from './explainer.js';
import { randomStreams } from './random-streams.js';
import { requiredBackground } from './required-background.js';
import { assertPositions, blurSchema, filledSamples, meanOfReferences, noiseOfSamples } from './sample-values.js';

const one = z.union([
  z.enum(['constant', 'mean', 'minimum', 'maximum', 'background', 'background-mean']),
  z.number(),
  blurSchema,
  z.strictObject({ uniform: z.int().min(1).max(10_000) }),
]);
const schema = z.union([one, z.array(one).min(2)]);

/** The parameters that say where the path of a method starts. */
export const startParams = {
  reference: z.number().default(0).meta({ description: 'The value of every input position at the start of the path.' }),
  baseline: schema.default('constant').meta({
    description:
      'Where the path starts. constant: `reference` everywhere, or a number. mean: the mean of each channel of the sample. minimum, maximum: the smallest or the largest value of the sample. { blur: SIGMA }: the sample blurred by a Gaussian of that many positions. { uniform: N }: N images of uniform noise within the range of the sample. background: every reference of `background: { dataset: NAME, size: N }`. background-mean: their mean. Maps of several starts are averaged; a list takes several.',
  }),
};

export interface StartParams {
  readonly reference: number;
  readonly baseline: z.infer<typeof schema>;
}
type One = z.infer<typeof one>;

const listed = ({ baseline }: StartParams): readonly One[] => [baseline].flat();
const isOf = (start: One, kinds: readonly One[]): boolean => kinds.includes(start);
const readsBackground = (start: One): boolean => isOf(start, ['background', 'background-mean']);
/** Whether it is the same for all samples. */
const isFixed = (start: One): boolean => typeof start === 'number' || start === 'constant' || readsBackground(start);

/** `needsBackground` of methods with these parameters. */
export function startsNeedBackground(params: StartParams): boolean {
  return listed(params).some(readsBackground);
}

/** The hashed part of the parameters. What is the default is left out, so that maps from before `baseline` keep their key. */
export function plannedStart(params: StartParams): Partial<StartParams> {
  const { baseline, reference } = params;
  if (typeof baseline === 'number') return { reference: baseline };
  if (baseline === 'constant') return { reference };
  return { baseline, ...(listed(params).includes('constant') ? { reference } : {}) };
}

/**
 * @throws SHAPE_MISMATCH for a start made over the positions of a table, SPEC_INVALID for a reference that no path starts from
 */
export function assertStart(method: string, params: StartParams, model: Pick<ModelDescription, 'inputShape'>): void {
  const starts = listed(params);
  if (params.reference !== 0 && !starts.includes('constant')) {
    throw new XaigridError(
      'SPEC_INVALID',
      `${method}: reference ${params.reference} is the start of no path, because baseline says another. Leave one of them out.`,
    );
  }
  for (const start of starts) assertPositions(method, start, model);
}

/** The size of a background is not known where calls are cut. */
export const ASSUMED_REFERENCES = 100;

/** How many paths each sample has. @param references samples of the background */
export function startsPerSample(params: StartParams, references: number): number {
  const countOf = (start: One): number => {
    if (start === 'background') return references;
    return typeof start === 'object' && 'uniform' in start ? start.uniform : 1;
  };
  return listed(params).reduce<number>((sum, start) => sum + countOf(start), 0);
}

/** Whether all samples have the same starts, so that outputs of these are needed once. */
export function startsAreFixed(params: StartParams): boolean {
  return listed(params).every(isFixed);
}

/** The starts of samples. */
export interface PathStarts {
  /** The starts of every sample, `[starts, ...inputShape]`, if all samples have the same. */
  readonly fixed: Tensor | undefined;
  /** The starts of each sample, one sample after the other: `[n · starts, ...inputShape]`. */
  of(request: ExplainRequest): Tensor;
}

/** @throws SPEC_INVALID without the background that a start reads */
export async function pathStarts(
  method: string,
  params: StartParams,
  { engine, background, seed, signal }: Pick<PrepareOptions<unknown>, 'engine' | 'background' | 'seed' | 'signal'>,
): Promise<PathStarts> {
  const { inputShape } = engine.model;
  const size = sizeOf(inputShape);
  const references = startsNeedBackground(params) ? await requiredBackground(method, background).load(signal) : undefined;
  signal?.throwIfAborted();

  /** The starts of one kind for one sample, flat. */
  function startsOf(start: One, sample: Tensor, index: number): Float32Array {
    if (typeof start === 'number' || start === 'constant')
      return new Float32Array(size).fill(start === 'constant' ? params.reference : start);
    const known = references ?? { shape: [0, ...inputShape], data: new Float32Array(0) };
    if (start === 'background') return known.data;
    if (start === 'background-mean') return meanOfReferences(known).data;
    if (typeof start !== 'object') return filledSamples(start, sample).data;
    if ('blur' in start) return blurredValues(sample.data, inputShape, start.blur);
    const request = { inputs: sample, sampleIndices: Int32Array.of(index) };
    return noiseOfSamples(request, { seed, stream: randomStreams.pathStarts, copies: start.uniform }).data;
  }

  function together(sample: Tensor, index: number): Float32Array[] {
    return listed(params).map((start) => startsOf(start, sample, index));
  }
  const tensorOf = (parts: readonly Float32Array[]): Tensor => {
    const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    return { shape: [data.length / size, ...inputShape], data };
  };
  return {
    fixed: startsAreFixed(params)
      ? tensorOf(together({ shape: [1, ...inputShape], data: new Float32Array(size) }, 0))
      : undefined,
    of: ({ inputs, sampleIndices }) =>
      tensorOf([...sampleIndices].flatMap((index, row) => together(rowsOf(inputs, row, row + 1), index))),
  };
}

/** Per sample, F averaged over its starts. @param outputs of the starts of each sample, one sample after the other */
export function outputsOfStarts(outputs: Tensor, { classes, contrasts }: ExplainedOutputs): Float64Array<ArrayBuffer> {
  const count = (outputs.shape[0] ?? 0) / classes.length;
  const sampleOf = Int32Array.from({ length: classes.length * count }, (_, row) => Math.floor(row / count));
  const found = rowOutputs(outputs, { classes, contrasts }, sampleOf);
  return Float64Array.from(classes, (_, sample) =>
    found.subarray(sample * count, (sample + 1) * count).reduce((sum, output) => sum + output / count, 0),
  );
}
