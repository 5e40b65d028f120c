import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Metric, ScoreRequest } from '../src/index.js';
import { softmaxEngine } from './softmax-engine.js';

interface MapsAndRegions {
  /** One number a position, or channels last. */
  readonly maps: readonly (readonly number[])[];
  /** One a sample, or one for all. */
  readonly regions: readonly (readonly number[])[];
  readonly positions: readonly number[];
}

/** What a metric that compares maps with regions is asked. The model's input has two channels. */
export function regionRequest(
  { maps, regions, positions }: MapsAndRegions,
  params: Readonly<Record<string, unknown>>,
  metric: Pick<Metric, 'params' | 'settings'>,
): ScoreRequest {
  const count = maps.length;
  const { engine } = softmaxEngine([...positions, 2], 2);
  const size = positions.reduce((product, extent) => product * extent, 1);
  const channels = (maps[0]?.length ?? 0) / size;
  return {
    engine,
    inputs: { shape: [count, ...positions, 2], data: new Float32Array(count * size * 2) },
    maps: { shape: [count, ...positions, ...(channels === 1 ? [] : [channels])], data: Float32Array.from(maps.flat()) },
    predictions: { shape: [count, 2], data: new Float32Array(count * 2) },
    classes: new Int32Array(count),
    seed: 0,
    regions: {
      shape: [count, ...positions],
      data: Float32Array.from(maps.flatMap((_, at) => regions[at] ?? regions[0] ?? [])),
    },
    settings: metric.settings(metric.params.parse(params), engine.model),
  };
}

/** The measures of each sample at the first setting. */
export async function scoreRegions(
  asked: MapsAndRegions,
  params: Readonly<Record<string, unknown>>,
  metric: Pick<Metric, 'params' | 'settings' | 'score'>,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const { measures } = await metric.score(regionRequest(asked, params, metric));
  return Object.fromEntries(Object.entries(measures).map(([name, values]) => [name, [...values].slice(0, asked.maps.length)]));
}

const scores = z.record(z.string(), z.number().nullable());
const goldenSchema = z.object({
  shape: z.array(z.int()),
  k: z.int(),
  samples: z.array(
    z.object({
      name: z.string(),
      map: z.array(z.number()),
      region: z.array(z.number()),
      quadrants: z.array(z.number()),
      scores,
      focus: z.number(),
      emptyRegion: scores,
    }),
  ),
});

/** What Quantus gives: tests/parity/quantus/localisation.py. */
export const quantusLocalisation = goldenSchema.parse(
  JSON.parse(readFileSync(new URL('../../../tests/parity/quantus/localisation.json', import.meta.url), 'utf8')),
);

/** The golden maps, of those names, with their own regions. */
export function goldenMaps(names: (name: string) => boolean = () => true) {
  const samples = quantusLocalisation.samples.filter(({ name }) => names(name));
  return {
    samples,
    asked: {
      maps: samples.map(({ map }) => map),
      regions: samples.map(({ region }) => region),
      positions: quantusLocalisation.shape,
    },
    empty: {
      maps: samples.map(({ map }) => map),
      regions: samples.map(({ region }) => region.map(() => 0)),
      positions: quantusLocalisation.shape,
    },
  };
}

/** How far two lists are apart at most. */
export function farthest(found: readonly number[] | undefined, wanted: readonly (number | null | undefined)[]): number {
  if (found?.length !== wanted.length) return Infinity;
  return Math.max(...found.map((value, at) => Math.abs(value - (wanted[at] ?? NaN))));
}
