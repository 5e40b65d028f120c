import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../src/random-streams.js';
import { rise } from '../src/rise.js';
import { riseMasks } from '../src/rise/masks.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itDrawsBySample } from './draws-by-sample.js';
import { itGivesMapsOfLibrary } from './parity-networks.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('RISE', () => {
  it.each([
    { inputShape: [8, 2], params: { draws: 30, cells: [3], keep: 0.4 } },
    { inputShape: [5, 6, 3], params: { draws: 30, cells: [2, 3] } },
    { inputShape: [5, 6, 1], params: { draws: 30, normalisation: 'coverage', baseline: -0.5 } },
    { inputShape: [6], params: { draws: 30 } },
  ])('of $inputShape with $params is the sum of masks weighted by outputs, by brute force', async ({ inputShape, params }) => {
    const engine = closedFormEngine(sampleModel(inputShape));
    const inputs = sampleInputs(inputShape, 2);
    const classes = Int32Array.of(0, 2);
    const { maps } = await explainOnce(rise, { engine, params, seed: 9 }, { inputs, classes });
    const isTable = inputShape.length === 1;
    const positions = isTable ? inputShape : inputShape.slice(0, -1);
    const channels = isTable ? 1 : (inputShape.at(-1) ?? 1);
    expect(maps.shape).toEqual([2, ...positions]);
    const size = positions.reduce((a, b) => a * b, 1);
    const parsed = rise.params.parse(params);
    const { keep } = parsed;
    const cells = parsed.cells ?? positions.map((length) => Math.min(7, length));
    for (const [sample, c] of classes.entries()) {
      const random = sampleRandom(9, sample, randomStreams.rise);
      const masks = riseMasks(inputShape, { cells, keep });
      const [weighted, covered] = [new Float64Array(size), new Float64Array(size)];
      for (let draw = 0; draw < 30; draw++) {
        const mask = new Float32Array(size);
        masks.draw(mask, random);
        const x = mapOf(inputs, sample).map((value, i) => {
          const share = mask[Math.floor(i / channels)] ?? NaN;
          return value * share + Number(parsed.baseline) * (1 - share);
        });
        const output = (await engine.predict({ shape: [1, ...inputShape], data: Float32Array.from(x) })).data[c] ?? NaN;
        for (const at of range(size)) {
          weighted[at] = (weighted[at] ?? 0) + output * (mask[at] ?? NaN);
          covered[at] = (covered[at] ?? 0) + (mask[at] ?? NaN);
        }
      }
      const wanted = weighted.map((sum, at) => sum / (parsed.normalisation === 'coverage' ? (covered[at] ?? NaN) : 30 * keep));
      // Rounding of masked samples and of outputs to float32.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-7);
    }
  });

  it('of a linear model tends to Σ_j w_j·x_j·E[m_j·m_i]/p', async () => {
    const FEATURES = 5;
    const engine = closedFormEngine(sampleModel([FEATURES], 'linear'));
    const inputs = sampleInputs([FEATURES], 1);
    const keep = 0.3;
    const { maps } = await explainOnce(rise, { engine, params: { draws: 40_000, keep } }, { inputs, classes: Int32Array.of(1) });
    // F of single features: a linear model without bias.
    const terms = await Promise.all(
      range(FEATURES).map(async (feature) => {
        const data = Float32Array.from(mapOf(inputs, 0), (value, i) => (i === feature ? value : 0));
        return (await engine.predict({ shape: [1, FEATURES], data })).data[1] ?? NaN;
      }),
    );
    const total = terms.reduce((a, b) => a + b, 0);
    // E[m_j·m_i]/p is 1 for j = i and p for the others.
    const wanted = terms.map((term) => term + keep * (total - term));
    // Four standard errors of a mean of 40,000 draws: terms of size below 4, divided by p.
    const spread = 4 * Math.sqrt(terms.reduce((sum, term) => sum + term ** 2, 0) / keep / 40_000);
    expect(largestDifference(mapOf(maps, 0), wanted)).toBeLessThan(spread);
    expect(spread).toBeLessThan(0.2 * Math.max(...wanted.map(Math.abs)));
  });

  itDrawsBySample(rise, { params: { draws: 11 } });

  it('refuses grids that do not fit', () => {
    const validate =
      (params: unknown, inputShape: readonly number[] = [8, 2]) =>
      () => {
        rise.validate(rise.params.parse(params), closedFormEngine(sampleModel(inputShape)).model);
      };
    expect(validate({ cells: [2, 2] })).toThrow('cells of [2, 2] do not fit positions of [8]');
    expect(validate({ cells: [9] })).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    expect(validate({ cells: [3] }, [8])).toThrow('each feature of a table is a cell. Leave "cells" out.');
    expect(validate({}, [3, 3, 1])).not.toThrow();
  });
});

describe('RISE of its authors and of Xplique, with our draws', () => {
  // Outputs of float32 on masks that both round to float32.
  itGivesMapsOfLibrary('scikit-image/rise.json', rise, 5e-7);
  // Xplique adds 1e-4 to each sum of masks, about 36 here.
  itGivesMapsOfLibrary('xplique/rise.json', rise, 4e-6);
});
