import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { filledBy } from '../definition-defaults.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { Metric, ScoreRequest, Scores, Setting } from '../metric.js';
import { finiteScore } from '../perturbation/finite-score.js';
import { createDrawTally } from './draw-tally.js';
import { keptClassChecks } from './kept-classes.js';
import { between, normal, smallNoiseCheck, smallNoiseOf } from './noise.js';
import { noisyMaps, type Noise, type RedrawnMaps } from './redrawn-maps.js';
import { zeroMapsCheck, zeroMapsOf } from '../maps/zero-maps.js';

/** The parts that relative input, output and representation stability share. */

const definitions = ['paper', 'quantus'] as const;
type Definition = (typeof definitions)[number];

const completed = filledBy({
  paper: { noise: 0.05, perturbations: 50 },
  quantus: { noise: 0.2, perturbations: 200 },
});

/** ε_min: the size that a zero change counts as. */
const EPSILON = 1e-6;
/** Quantus moves each value up by at least this. */
const QUANTUS_LEAST = 0.02;

export const relativeParameters = {
  definition: z.enum(definitions).default('paper').meta({
    description:
      'paper: normal noise; values that are 0 have no relative change and are left out; quantus: noise that only moves values up; a value of 0 is taken for 1e-6.',
  }),
  noise: z.number().positive().max(1e6).optional().meta({
    description:
      'How far values of a sample are moved, in the units of the model’s input: normally with this standard deviation (paper), or up by 0.02 to so much, uniformly (quantus). Default: 0.05 (paper), 0.2 (quantus).',
  }),
  perturbations: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ description: 'Moved copies of a sample; each is explained. Default: 50 (paper), 200 (quantus).' }),
};

interface RelativeSetting {
  readonly definition: Definition;
  readonly noise?: number | undefined;
  readonly perturbations?: number | undefined;
}

/** @throws SPEC_INVALID for noise of `quantus` below its least value */
export function completedRelative(setting: RelativeSetting) {
  const filled = completed(setting);
  if (filled.definition === 'paper' || filled.noise > QUANTUS_LEAST) return filled;
  throw new XaigridError(
    'SPEC_INVALID',
    `noise: ${filled.noise} is not above ${QUANTUS_LEAST}, by which Quantus moves each value at least. Take a larger one, or the definition of the paper.`,
  );
}

export const relativeDraws = (settings: readonly RelativeSetting[]): number =>
  settings.reduce((sum, one) => sum + completed(one).perturbations, 0);

/**
 * The measures of a relative stability.
 * @param of what the change of a map is divided by: `that of the sample`
 */
export function relativeMeasures(name: string, title: string, of: string): Metric['measures'] {
  return [
    {
      ...{ name, aggregate: 'mean', title, direction: 'lower', role: 'result' },
      meaning: `The most that a map changes near its sample, by its own values, over ${of}.`,
      range: { low: 0 },
    },
    ...keptClassChecks,
    {
      ...{ name: 'zeroValues', aggregate: 'mean', title: 'Zero values', role: 'check' },
      meaning: 'The share of the map’s values that are 0 and have no relative change.',
      range: { low: 0, high: 1 },
      warning: { from: 0.5, text: 'most values of the map are 0 and have no relative change' },
    },
    zeroMapsCheck('nothing of it changes, and it gets 0'),
    smallNoiseCheck,
  ];
}

/** Σ ((a − b)/a)² over values: its root is ‖(a − b)/a‖₂. */
export function relativeSquares(a: Float32Array, b: Float32Array, definition: Definition): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const value = a[at] ?? NaN;
    if (value === 0 && definition === 'paper') continue;
    const change = (value - (b[at] ?? NaN)) / (value === 0 ? EPSILON : value);
    sum += change * change;
  }
  return sum;
}

/** The effect of a draw on the model, one per sample. */
interface Change {
  /** The number that the map's relative change is divided by. */
  readonly sizes: ArrayLike<number>;
  /** Whether the predicted class is still that of the sample itself. */
  readonly kept: readonly boolean[];
}

interface Relative<One> {
  readonly metric: string;
  readonly measure: string;
  /** Makes a function that measures the draws of a setting. */
  readonly changes: (setting: One) => Promise<(drawn: RedrawnMaps) => Promise<Change>>;
}

/**
 * The largest ratio of a map's relative change to another relative change, over the draws that keep the predicted class.
 * @throws NOT_FINITE naming the sample if an output is not finite
 */
export async function scoreRelative<One extends RelativeSetting & Setting>(
  request: ScoreRequest,
  settings: readonly One[],
  { metric, measure, changes }: Relative<One>,
): Promise<Scores> {
  const own = finiteMaps(request.maps, request);
  const tally = createDrawTally(settings.length, own.length);
  for (const [s, setting] of settings.entries()) {
    const { definition, perturbations } = completed(setting);
    const noise = noiseOf(setting);
    const changeOf = await changes(setting);
    for await (const drawn of noisyMaps(metric, request, { perturbations, noise })) {
      const { sizes, kept } = await changeOf(drawn);
      for (const [sample, { map }] of drawn.copies.entries()) {
        const change = sizes[sample] ?? NaN;
        // Quantus replaces only a change of exactly 0.
        const divisor = definition === 'quantus' ? change || EPSILON : Math.max(change, EPSILON);
        const ratio = Math.sqrt(relativeSquares(own[sample] ?? map, map, definition)) / divisor;
        tally.add(s * own.length + sample, kept[sample] === true ? finiteScore(ratio, request, { sample, setting }) : undefined);
      }
    }
  }
  const zeros = own.map((map) => map.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0) / map.length);
  return {
    measures: {
      [measure]: tally.largest,
      leftOutDraws: tally.leftOut(),
      noDraws: tally.none(),
      zeroValues: Float64Array.from(settings.flatMap(() => zeros)),
      zeroMaps: zeroMapsOf(own, request),
      smallNoise: smallNoiseOf(settings.map(noiseOf), request),
    },
  };
}

function noiseOf(setting: RelativeSetting): Noise {
  const { definition, noise } = completed(setting);
  return definition === 'quantus' ? between(QUANTUS_LEAST, noise) : normal(noise);
}
