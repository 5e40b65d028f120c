import { XaigridError } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import { addNormalNoise, extremesOf, rowsOf, sampleRandom, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { inputGradient } from './input-gradient.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { randomStreams } from './random-streams.js';
import { samplesForGradients } from './samples-per-call.js';
import { straightPaths } from './straight-paths.js';
import { targetParams, withTargetParams } from './target.js';

const attributions = ['gradient', 'input-x-gradient', 'integrated-gradients'] as const;

/** The parameters of methods that explain noisy copies of a sample. */
export const noiseParams = {
  draws: z.int().min(1).max(100_000).default(50).meta({ description: 'Noisy copies of a sample.' }),
  noise: z.number().min(0).max(10).default(0.15).meta({
    description: 'Standard deviation of the noise, as a share of the range of the sample (largest minus smallest value).',
  }),
  of: z.enum(attributions).default('gradient').meta({ description: 'The method whose maps of the copies are taken.' }),
  steps: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ description: 'Points along the path, by the midpoint rule. Only of integrated-gradients. Default: 50.' }),
  reference: z.number().optional().meta({
    description: 'The value of every input position at the start of the path. Only of integrated-gradients. Default: 0.',
  }),
  ...channelsParam,
  ...targetParams,
};
export type NoiseParams = z.infer<z.ZodObject<typeof noiseParams>>;

/** Sums over the copies of each sample, `[n, ...inputShape]` flat, in float64. */
interface CopySums {
  readonly sums: Float64Array<ArrayBuffer>;
  readonly squares: Float64Array<ArrayBuffer>;
}

interface NoiseMethod<Params> extends Pick<Explainer, 'method' | 'version' | 'title' | 'summary' | 'source'> {
  /** `noiseParams`, and parameters of its own. */
  readonly params: z.ZodType<Params>;
  /** The hashed part of its own. */
  readonly plannedOwn: (params: Params) => Readonly<Record<string, unknown>>;
  readonly validateOwn?: (params: Params) => void;
  /** Whether the maps of the copies count by their size. */
  readonly sizes: (params: Params) => boolean;
  /** The value of a map from the sums at its place. */
  readonly valueOf: (params: Params, sums: { readonly sum: number; readonly square: number }) => number;
}

/** Makes a method from what it makes of the maps of noisy copies. */
export function noiseExplainer<Params extends NoiseParams>(method: NoiseMethod<Params>): Explainer<Params> {
  const { method: name, version, title, summary, source, params: schema, plannedOwn, validateOwn, sizes, valueOf } = method;
  const gradientsOf = ({ draws, of, steps = 50 }: Params): number => draws * (of === 'integrated-gradients' ? steps : 1);

  return withTargetParams(
    defineExplainer<Params>({
      ...{ method: name, version, title, summary, source, family: 'gradient', params: schema },
      samplesPerCall: (engine, params) => samplesForGradients(engine, gradientsOf(params)),
      passes: (params) => ({ forward: 0, gradient: gradientsOf(params) }),
      mapShape: shapeWithChannels,
      validate: (params) => {
        for (const parameter of ['steps', 'reference'] as const) {
          if (params.of === 'integrated-gradients' || params[parameter] === undefined) continue;
          throw new XaigridError(
            'SPEC_INVALID',
            `${name}: ${parameter} belongs to a path, and ${params.of} has none. Leave it out, or give of: integrated-gradients.`,
          );
        }
        validateOwn?.(params);
      },
      needs: () => ({ gradientsOf: 'input' }),
      plannedParams: (params) => ({
        ...{ draws: params.draws, noise: params.noise },
        ...plannedOwn(params),
        ...plannedOf(params),
        ...plannedChannels(params.channels),
      }),
      prepare: async (options) => {
        const { params } = options;
        const copies = await attributionOf(name, options);
        return {
          explain: async (request): Promise<Explanation> => {
            const { sums, squares } = await sumsOverCopies(options, copies.attribute, sizes(params), request);
            const values = Float32Array.from(sums, (sum, at) => valueOf(params, { sum, square: squares[at] ?? NaN }));
            const maps = joinChannels({ shape: request.inputs.shape, data: values }, params.channels);
            assertFinite(`${name} map`, maps, request);
            return { maps, degenerate: constantMaps(maps), diagnostics: {} };
          },
          close: copies.close,
        };
      },
    }),
  );
}

/** The hashed part of `of`. The default is left out, so that maps from before the parameter existed keep their key. */
function plannedOf({ of, steps = 50, reference = 0 }: NoiseParams): Partial<NoiseParams> {
  if (of === 'gradient') return {};
  return of === 'integrated-gradients' ? { of, steps, reference } : { of };
}

interface Attribution {
  /** The map of each row of a request, with its sign: `[n, ...inputShape]`. */
  readonly attribute: (request: ExplainRequest) => Promise<Tensor>;
  readonly close: () => Promise<void>;
}

async function attributionOf(method: string, options: PrepareOptions<NoiseParams>): Promise<Attribution> {
  const {
    engine,
    params: { of, steps = 50, reference = 0 },
  } = options;
  if (of === 'integrated-gradients') {
    const params = { steps, reference, rule: 'midpoint', baseline: 'constant' } as const;
    const paths = await straightPaths(method, params, options, { outputs: false });
    return { attribute: (request) => paths.attribute(request), close: () => paths.close() };
  }
  const close = () => Promise.resolve();
  if (of === 'gradient') return { attribute: (request) => inputGradient(engine, request), close };
  return {
    close,
    async attribute(request) {
      const { shape, data } = await inputGradient(engine, request);
      return { shape, data: data.map((value, at) => value * (request.inputs.data[at] ?? NaN)) };
    },
  };
}

/** Adds up the maps of noisy copies, and their squares. Noise depends only on the seed and the sample index. */
async function sumsOverCopies(
  { engine, params: { draws, noise }, seed }: Pick<PrepareOptions<NoiseParams>, 'params' | 'seed'> & { readonly engine: Engine },
  attribute: Attribution['attribute'],
  sizes: boolean,
  request: ExplainRequest,
): Promise<CopySums> {
  const { inputs, sampleIndices } = request;
  const size = sizeOf(inputs.shape.slice(1));
  const sums = new Float64Array(inputs.data.length);
  const squares = new Float64Array(inputs.data.length);
  const sources = Array.from(sampleIndices, (sampleIndex, row) => {
    const { data: x } = rowsOf(inputs, row, row + 1);
    const { min, max } = extremesOf(x);
    return { x, deviation: noise * (max - min), random: sampleRandom(seed, sampleIndex, randomStreams.noisyCopies) };
  });
  // A few samples do not fill the engine's batch, so several draws of each are computed together.
  const together = Math.min(draws, Math.max(1, Math.floor(engine.batchSize / sources.length)));
  for (let done = 0; done < draws; done += together) {
    const now = Math.min(together, draws - done);
    const noisy = { shape: [now * sources.length, ...inputs.shape.slice(1)], data: new Float32Array(now * inputs.data.length) };
    for (let draw = 0; draw < now; draw++) {
      for (const [row, { x, deviation, random }] of sources.entries()) {
        const start = (draw * sources.length + row) * size;
        addNormalNoise(noisy.data.subarray(start, start + size), x, deviation, random);
      }
    }
    const ofCopies = (indices: Int32Array) =>
      Int32Array.from({ length: now * sources.length }, (_, copy) => indices[copy % sources.length] ?? 0);
    const { data } = await attribute({
      ...request,
      inputs: noisy,
      sampleIndices: ofCopies(sampleIndices),
      classes: ofCopies(request.classes),
      contrasts: request.contrasts && ofCopies(request.contrasts),
    });
    for (let at = 0; at < data.length; at++) {
      const place = at % sums.length;
      const value = data[at] ?? NaN;
      sums[place] = (sums[place] ?? 0) + (sizes ? Math.abs(value) : value);
      squares[place] = (squares[place] ?? 0) + value * value;
    }
  }
  return { sums, squares };
}
