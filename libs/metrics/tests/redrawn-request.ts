import { readFileSync } from 'node:fs';
import { sizeOf, takeRows, tensorOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { MapsWanted, ScoreRequest } from '../src/index.js';
import { softmaxEngine } from './softmax-engine.js';

const SEED = 7;
const INPUT_SHAPE = [3, 5, 2];
const CLASSES = 3;

/** A golden of tests/parity/quantus, whose samples and classes robustness.py makes. */
export function goldenOf<Shape extends z.ZodRawShape>(file: string, shape: Shape) {
  const schema = z.object({ inputs: z.array(z.array(z.array(z.array(z.number())))), classes: z.array(z.int()), ...shape });
  return schema.parse(JSON.parse(readFileSync(new URL(`../../../tests/parity/quantus/${file}`, import.meta.url), 'utf8')));
}

const { inputs: nested, classes } = goldenOf('max_sensitivity.json', {});
/** The explained class of each sample. */
export const classList: readonly number[] = classes;
export const SAMPLES = nested.length;
/** `[4, 3, 5, 2]`, some values 0. */
export const inputs = tensorOf(Float32Array.from(nested.flat(3)), [SAMPLES, ...INPUT_SHAPE]);

const { engine, predict, outputsOf } = softmaxEngine(INPUT_SHAPE, CLASSES);

/** Gradient of the class's probability × input. */
export function gradientTimesInput(x: Float32Array, explained: number): number[] {
  const p = outputsOf(x);
  return Array.from(x, (value, i) => {
    const mean = p.reduce((sum, share, c) => sum + share * Math.cos(3 * i + 5 * c), 0);
    return (p[explained] ?? NaN) * (Math.cos(3 * i + 5 * explained) - mean) * value;
  });
}

interface Options {
  readonly settings: ScoreRequest['settings'];
  readonly map?: (x: Float32Array, explained: number) => number[];
  /** Of the four samples; default: all. */
  readonly rows?: readonly number[];
  /** Is given what maps were wanted of. */
  readonly wanted?: MapsWanted[];
  readonly given?: Tensor;
  readonly engine?: Partial<ScoreRequest['engine']>;
}

/** Samples whose maps are drawn by a function of values and class. */
export function redrawnRequest({
  settings,
  map = gradientTimesInput,
  wanted,
  given = inputs,
  ...options
}: Options): ScoreRequest {
  const rows = Int32Array.from(options.rows ?? Array.from({ length: given.shape[0] ?? 0 }, (_, row) => row));
  const own = takeRows(given, rows);
  const classes = rows.map((row) => classList[row] ?? 0);
  const size = sizeOf(given.shape.slice(1));
  const mapsOf = (x: Tensor): Tensor => {
    const maps = Array.from(classes, (explained, row) => map(x.data.subarray(row * size, (row + 1) * size), explained));
    return tensorOf(Float32Array.from(maps.flat()), [maps.length, maps[0]?.length ?? 0]);
  };
  return {
    engine: { ...engine, ...options.engine },
    ...{ inputs: own, maps: mapsOf(own), predictions: predict(own), classes, seed: SEED, settings, sampleIndices: rows },
    redrawing: {
      explainedClasses: classes,
      onVariant: () => Promise.reject(new TypeError('The model is the same.')),
      draw: (asked) => {
        wanted?.push(asked);
        return Promise.resolve(mapsOf(asked.inputs));
      },
    },
  };
}

/** The values of one sample, of a tensor of several. */
export function valuesOf({ shape, data }: Tensor, sample: number): number[] {
  const size = sizeOf(shape.slice(1));
  return [...data.subarray(sample * size, (sample + 1) * size)];
}

/** Where the largest probability stands. */
export function predictedClass(x: ArrayLike<number>): number {
  const outputs = outputsOf(x);
  return outputs.indexOf(Math.max(...outputs));
}
