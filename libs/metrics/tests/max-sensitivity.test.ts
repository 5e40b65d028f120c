import { readFileSync } from 'node:fs';
import { rowsOf, tensorOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { maxSensitivity } from '../src/robustness/max-sensitivity.js';
import { metric, type MapsWanted, type ScoreRequest } from '../src/index.js';
import { goldenOf, redrawnRequest } from './redrawn-request.js';

const SAMPLES = 3;
const VALUES = 4;
const inputs = tensorOf(
  Float32Array.from({ length: SAMPLES * VALUES }, (_, at) => Math.sin(at)),
  [SAMPLES, VALUES],
);

const refuse = () => Promise.reject(new TypeError('The model is the same.'));

function requestOf(
  map: (input: Float32Array) => number[],
  options: {
    readonly rows?: readonly number[];
    readonly wanted?: MapsWanted[];
    readonly settings?: ScoreRequest['settings'];
  } = {},
): ScoreRequest {
  const rows = Int32Array.from(options.rows ?? [0, 1, 2]);
  const drawn = ({ shape, data }: Tensor): Tensor => {
    const maps = Array.from({ length: shape[0] ?? 0 }, (_, row) => map(data.subarray(row * VALUES, (row + 1) * VALUES)));
    return tensorOf(Float32Array.from(maps.flat()), [maps.length, maps[0]?.length ?? 0]);
  };
  const own = tensorOf(Float32Array.from(Array.from(rows, (row) => [...rowsOf(inputs, row, row + 1).data]).flat()), [
    rows.length,
    VALUES,
  ]);
  return {
    engine: undefined as never,
    inputs: own,
    maps: drawn(own),
    predictions: tensorOf(new Float32Array(rows.length), [rows.length, 1]),
    classes: new Int32Array(rows.length),
    seed: 7,
    settings: options.settings ?? [{ radius: 0.1, perturbations: 20 }],
    sampleIndices: rows.map((row) => 100 + row),
    redrawing: {
      ...{ explainedClasses: rows.map((row) => row % 2), onVariant: refuse },
      draw: (wanted) => {
        options.wanted?.push(wanted);
        return Promise.resolve(drawn(wanted.inputs));
      },
    },
  };
}

/** From the maps that it asked for, as the formula is written. */
function byFormula(map: (input: Float32Array) => number[], wanted: readonly MapsWanted[], sample: number): number[] {
  const norm = (values: readonly number[]): number => Math.hypot(...values);
  const rowOf = ({ data }: Tensor): Float32Array => data.slice(sample * VALUES, (sample + 1) * VALUES);
  const own = map(rowOf(inputs));
  return wanted.map(({ inputs: moved }) => {
    const again = map(rowOf(moved));
    return norm(again.map((value, at) => value - (own[at] ?? NaN))) / norm(own);
  });
}

describe('max-sensitivity', () => {
  it('is 0 of a map that does not depend on the sample, as the gradient of a linear model', async () => {
    const { measures } = await maxSensitivity.score(requestOf(() => [0.5, -1, 2, 0]));
    expect([...(measures.maxSensitivity ?? [])]).toEqual([0, 0, 0]);
    expect([...(measures.meanSensitivity ?? [])]).toEqual([0, 0, 0]);
    expect([...(measures.zeroMaps ?? [])]).toEqual([0, 0, 0]);
  });

  it('is ‖w ∘ δ‖ / ‖w ∘ x‖ of input × gradient of a linear model', async () => {
    const weights = [1, -2, 3, 0.5];
    const map = (input: Float32Array): number[] => weights.map((weight, at) => weight * (input[at] ?? NaN));
    const wanted: MapsWanted[] = [];
    const { measures } = await maxSensitivity.score(requestOf(map, { wanted }));
    expect(wanted.length).toBe(20);
    for (let sample = 0; sample < SAMPLES; sample++) {
      const shares = byFormula(map, wanted, sample);
      // Maps are float32: of each of these differences it keeps 2^-24 of a value of about 1, over a norm of about 1.
      expect(measures.maxSensitivity?.[sample]).toBeCloseTo(Math.max(...shares), 5);
      expect(measures.meanSensitivity?.[sample]).toBeCloseTo(shares.reduce((sum, share) => sum + share, 0) / shares.length, 5);
      // ‖w ∘ δ‖ ≤ r ‖w‖
      expect(measures.maxSensitivity?.[sample]).toBeLessThanOrEqual(
        (0.1 * Math.hypot(...weights)) / Math.hypot(...map(inputs.data.subarray(sample * VALUES, (sample + 1) * VALUES))) + 1e-6,
      );
    }
  });

  it('moves each value by at most the radius, to both sides alike, and explains the same class with the same randomness', async () => {
    const wanted: MapsWanted[] = [];
    await maxSensitivity.score(requestOf((input) => [...input], { wanted, settings: [{ radius: 0.1, perturbations: 1000 }] }));
    const moves = wanted.flatMap(({ inputs: moved }) => Array.from(moved.data, (value, at) => value - (inputs.data[at] ?? NaN)));
    // 2^-24 of values below 2, twice.
    expect(Math.max(...moves.map(Math.abs))).toBeLessThanOrEqual(0.1 + 2.4e-7);
    // 12 000 draws: the mean's standard error is 0.1 / √(3 · 12 000), the variance's about 0.9 % of it.
    expect(Math.abs(moves.reduce((sum, move) => sum + move, 0) / moves.length)).toBeLessThan(4 * (0.1 / Math.sqrt(3 * 12_000)));
    expect(moves.reduce((sum, move) => sum + move * move, 0) / moves.length / (0.01 / 3)).toBeCloseTo(1, 1);
    expect(wanted.every(({ classes }) => [...classes].join() === '0,1,0')).toBe(true);
    expect(wanted.every(({ sampleIndices }) => [...sampleIndices].join() === '100,101,102')).toBe(true);
  });

  it('depends on no cut of the work, and not on the settings that are scored beside', async () => {
    const map = (input: Float32Array): number[] => Array.from(input, (value) => value ** 2);
    const small = { radius: 0.05, perturbations: 5 };
    const large = { radius: 0.5, perturbations: 3 };
    const together = await maxSensitivity.score(requestOf(map, { settings: [small, large] }));
    for (const [s, setting] of [small, large].entries()) {
      for (let row = 0; row < SAMPLES; row++) {
        const alone = await maxSensitivity.score(requestOf(map, { rows: [row], settings: [setting] }));
        expect(alone.measures.maxSensitivity?.[0]).toBe(together.measures.maxSensitivity?.[s * SAMPLES + row]);
        expect(alone.measures.meanSensitivity?.[0]).toBe(together.measures.meanSensitivity?.[s * SAMPLES + row]);
      }
    }
  });

  it('is what Captum’s sensitivity_max makes of the same maps, a map of zeros among them', async () => {
    const golden = z
      .object({
        maps: z.array(z.array(z.number())),
        again: z.array(z.array(z.array(z.number()))),
        maxSensitivity: z.array(z.number()),
      })
      .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/captum/max_sensitivity.json', import.meta.url), 'utf8')));
    const tensor = (rows: readonly (readonly number[])[]): Tensor =>
      tensorOf(Float32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);
    const maps = tensor(golden.maps);
    const samples = golden.maps.length;
    let turn = 0;
    const { measures } = await maxSensitivity.score({
      ...requestOf((input) => [...input]),
      ...{
        inputs: maps,
        maps,
        classes: new Int32Array(samples),
        seed: 7,
        sampleIndices: Int32Array.from({ length: samples }, (_, row) => row),
      },
      settings: [{ radius: 0.3, perturbations: golden.again.length }],
      redrawing: {
        ...{ explainedClasses: new Int32Array(samples), onVariant: refuse },
        draw: () => Promise.resolve(tensor(golden.again[turn++] ?? [])),
      },
    });
    // Both in double precision, from the same float32 maps.
    golden.maxSensitivity.forEach((value, sample) => expect(measures.maxSensitivity?.[sample]).toBeCloseTo(value, 14));
    expect([...(measures.zeroMaps ?? [])]).toEqual([0, 0, 0, 0, 1]);
  });

  it('is what MaxSensitivity of Quantus gives for the same noise', async () => {
    const { perturbations, radius, ...golden } = goldenOf('max_sensitivity.json', {
      ...{ perturbations: z.int(), radius: z.number(), maxSensitivity: z.array(z.number()) },
    });
    const settings = [{ definition: 'quantus', radius, perturbations }];
    const { measures } = await maxSensitivity.score(redrawnRequest({ settings }));
    // Both in double precision; maps and samples rounded to float32 by both sides alike.
    golden.maxSensitivity.forEach((value, sample) => expect(measures.maxSensitivity?.[sample]).toBeCloseTo(value, 14));
  });

  it('stores a setting as it was before there were definitions, and reads it so', () => {
    const settings = (params: object) =>
      metric('max-sensitivity').settings(maxSensitivity.params.parse(params), redrawnRequest({ settings: [] }).engine.model);
    expect(settings({})).toEqual([{ radius: 0.02, perturbations: 10 }]);
    expect(settings({ definition: ['paper', 'quantus'], radius: [0.1, 0.2] })).toEqual([
      { radius: 0.1, perturbations: 10 },
      { radius: 0.2, perturbations: 10 },
      { definition: 'quantus', radius: 0.1, perturbations: 200 },
      { definition: 'quantus', radius: 0.2, perturbations: 200 },
    ]);
    expect(maxSensitivity.drawsAgain?.([{ radius: 0.02, perturbations: 10 }])).toBe(10);
  });

  it('refuses a map that is not finite, its own or one that is drawn again', async () => {
    await expect(maxSensitivity.score(requestOf((input) => [...input, NaN]))).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('Sample 100 has a map') as string,
    });
    let turn = 0;
    await expect(maxSensitivity.score(requestOf((input) => [...input, turn++ > 4 ? Infinity : 0]))).rejects.toMatchObject({
      code: 'NOT_FINITE',
    });
  });
});
