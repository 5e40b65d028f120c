import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { hsic } from '../src/hsic.js';
import { explainer } from '../src/index.js';
import { randomStreams } from '../src/random-streams.js';
import { latinHypercube } from '../src/sensitivity/cells.js';
import { sobol } from '../src/sobol.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itDrawsBySample } from './draws-by-sample.js';
import { itGivesMapsOfLibrary } from './parity-networks.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe("Sobol' indices", () => {
  it('of a linear model tend to the shares that features have in the variance', async () => {
    const engine = closedFormEngine(sampleModel([5], 'linear'));
    const inputs = sampleInputs([5], 1);
    const { maps } = await explainOnce(
      sobol,
      { engine, params: { draws: 2000, baseline: 0.5 } },
      { inputs, classes: Int32Array.of(1) },
    );
    // F is Σ w_i·(x_i − ½)·m_i and a constant, with Var(m_i) = 1/12.
    const squares = await Promise.all(
      range(5).map(async (feature) => {
        const at = async (value: number) => {
          const data = new Float32Array(5);
          data[feature] = value;
          return (await engine.predict({ shape: [1, 5], data })).data[1] ?? NaN;
        };
        return ((await at(inputs.data[feature] ?? NaN)) - (await at(0.5))) ** 2;
      }),
    );
    const wanted = squares.map((square) => square / add(squares));
    // Four standard errors of 2000 squared differences, whose deviation is about their mean.
    expect(largestDifference(mapOf(maps, 0), wanted)).toBeLessThan(4 / Math.sqrt(2000));
  });

  it('of a signal are those of Jansen’s estimator, by brute force', async () => {
    const inputShape = [9, 2];
    const engine = closedFormEngine(sampleModel(inputShape));
    const inputs = sampleInputs(inputShape, 2);
    const params = { draws: 6, cells: [3] };
    const { maps } = await explainOnce(sobol, { engine, params, seed: 4 }, { inputs, classes: Int32Array.of(0, 2) });
    const points = latinHypercube(6, 6, sampleRandom(4, 1, randomStreams.sobol));
    const output = async (visible: readonly number[]) => {
      const data = Float32Array.from(mapOf(inputs, 1), (value, i) => value * (visible[Math.floor(i / 6)] ?? NaN));
      return (await engine.predict({ shape: [1, ...inputShape], data })).data[2] ?? NaN;
    };
    const own = await Promise.all(points.map((point) => output([...point.subarray(0, 3)])));
    const mean = add(own) / 6;
    const variance = add(own.map((value) => (value - mean) ** 2)) / 5;
    const wanted = await Promise.all(
      range(9).map(async (position) => {
        const cell = Math.floor(position / 3);
        const changed = await Promise.all(
          points.map((point) => output(range(3).map((at) => point[at === cell ? at + 3 : at] ?? NaN))),
        );
        return add(changed.map((value, k) => ((own[k] ?? NaN) - value) ** 2)) / (12 * variance);
      }),
    );
    // Masked samples are rounded to float32 before and after they are masked.
    expect(largestDifference(mapOf(maps, 1), wanted)).toBeLessThan(5e-6);
  });
});

describe('HSIC', () => {
  it('of a signal is the trace of the centred kernels, by brute force', async () => {
    const [inputShape, draws] = [[9, 2], 12];
    const engine = closedFormEngine(sampleModel(inputShape));
    const inputs = sampleInputs(inputShape, 2);
    const params = { draws, cells: [3] };
    const { maps } = await explainOnce(hsic, { engine, params, seed: 4 }, { inputs, classes: Int32Array.of(0, 2) });
    const masks = latinHypercube(draws, 3, sampleRandom(4, 1, randomStreams.hsic)).map((point) => point.map(Math.round));
    const outputs = await Promise.all(
      masks.map(async (mask) => {
        const data = Float32Array.from(mapOf(inputs, 1), (value, i) => value * (mask[Math.floor(i / 6)] ?? NaN));
        return (await engine.predict({ shape: [1, ...inputShape], data })).data[2] ?? NaN;
      }),
    );
    const sorted = outputs.toSorted((a, b) => a - b);
    const width = ((sorted[draws / 2 - 1] ?? NaN) + (sorted[draws / 2] ?? NaN)) / 2;
    type Matrix = readonly (readonly number[])[];
    const matrix = (of: (k: number, l: number) => number): Matrix => range(draws).map((k) => range(draws).map((l) => of(k, l)));
    const times = (a: Matrix, b: Matrix) =>
      matrix((k, l) => add(range(draws).map((j) => (a[k]?.[j] ?? NaN) * (b[j]?.[l] ?? NaN))));
    const h = matrix((k, l) => (k === l ? 1 : 0) - 1 / draws);
    const ofOutputs = matrix((k, l) => Math.exp(-(((outputs[k] ?? NaN) - (outputs[l] ?? NaN)) ** 2) / (2 * width ** 2)));
    const wanted = range(9).map((position) => {
      const at = (k: number) => masks[k]?.[Math.floor(position / 3)] ?? NaN;
      const ofMasks = matrix((k, l) => 1.5 - (at(k) - at(l)) ** 2);
      const product = times(times(times(ofMasks, h), ofOutputs), h);
      return add(range(draws).map((k) => product[k]?.[k] ?? NaN)) / draws;
    });
    // The outputs are float32 numbers below 1.
    expect(largestDifference(mapOf(maps, 1), wanted)).toBeLessThan(2e-6);
  });
});

describe.each(['sobol', 'hsic'])('%s', (name) => {
  const method = explainer(name);

  itDrawsBySample(method, { params: { draws: 7, cells: [3], baseline: 'uniform' } });

  it('refuses grids that do not fit', () => {
    const validate = (params: unknown, inputShape: readonly number[]) => () => {
      method.validate(method.params.parse(params), closedFormEngine(sampleModel(inputShape)).model);
    };
    expect(validate({ cells: [2, 2] }, [8, 2])).toThrow('cells of [2, 2] do not fit positions of [8]');
    expect(validate({ cells: [3] }, [8])).toThrow('Leave "cells" and "upsampling" out.');
    expect(validate({}, [8])).not.toThrow();
  });

  it('of an output that never changes is 0 everywhere, and degenerate', async () => {
    const engine = closedFormEngine(sampleModel([8, 2]));
    const inputs = { shape: [1, 8, 2], data: new Float32Array(16) };
    const { maps, degenerate } = await explainOnce(
      method,
      { engine, params: { draws: 4 } },
      { inputs, classes: Int32Array.of(1) },
    );
    expect(maps.data.every((value) => value === 0)).toBe(true);
    expect(degenerate).toEqual([true]);
  });
});

describe("methods of Xplique's sensitivity analysis, with our designs", () => {
  // Quotients of variances of float32 outputs, from 0 to about 1.
  itGivesMapsOfLibrary('xplique/sobol.json', sobol, 1e-5);
  // Xplique multiplies kernels of 100 × 100 in float32.
  itGivesMapsOfLibrary('xplique/hsic.json', hsic, 1e-5);
});
