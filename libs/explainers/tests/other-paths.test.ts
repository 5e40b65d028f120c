import { blurredExactly } from '@xaigrid/engine';
import { rowsOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { blurIntegratedGradients } from '../src/blur-integrated-gradients.js';
import { guidedIntegratedGradients } from '../src/guided-integrated-gradients.js';
import { guidedPath } from '../src/guided-path.js';
import { integratedGradients } from '../src/integrated-gradients.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const shapes = [[8, 2] as const, [4, 6, 3] as const];
const requestOf = (shape: readonly number[]) => ({ inputs: sampleInputs(shape, 3), classes: Int32Array.of(2, 0, 1) });

describe.each(shapes.map((shape) => ({ shape })))('blur integrated gradients on $shape', ({ shape }) => {
  const request = requestOf(shape);

  it.each(['reflect', 'zero'] as const)('of a linear model are w·(x − blurred x), border: %s', async (border) => {
    const engine = closedFormEngine(sampleModel(shape, 'linear'));
    const params = { maxSigma: 3, steps: 7, border };
    const { maps, diagnostics } = await explainOnce(blurIntegratedGradients, { engine, params }, request);
    const [found] = await engine.gradient({ ...request, wrt: 'input' });
    for (const sample of [0, 1, 2]) {
      const x = Float64Array.from(mapOf(request.inputs, sample));
      const start = blurredExactly(x, shape, { sigma: 3, border });
      const gradient = rowsOf(found?.gradient ?? request.inputs, sample, sample + 1).data;
      const wanted = x.map((value, at) => (value - (start[at] ?? NaN)) * (gradient[at] ?? NaN));
      // Products in float64 of float32 gradients: the rounding of the map.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-6);
    }
    for (const error of diagnostics.additivityError ?? [NaN]) expect(error).toBeLessThan(2e-5);
  });

  it('add up to the change from the blurred sample, with an error that falls with the square of the steps', async () => {
    const engine = closedFormEngine(sampleModel(shape));
    const errors = async (steps: number) =>
      (await explainOnce(blurIntegratedGradients, { engine, params: { maxSigma: 4, steps, spacing: 'square-root' } }, request))
        .diagnostics.additivityError ?? [];
    const [coarse, fine] = [await errors(40), await errors(400)];
    expect(Math.max(...coarse)).toBeLessThan(0.02);
    expect(Math.max(...fine)).toBeLessThan(Math.max(...coarse) / 30 + 1e-6);
  });
});

it('a table is not blurred', () => {
  expect(() => {
    blurIntegratedGradients.validate(blurIntegratedGradients.params.parse({}), {
      ...closedFormEngine(sampleModel([4, 2])).model,
      inputShape: [8],
    });
  }).toThrow('blur-integrated-gradients: a table cannot be blurred');
});

describe.each(shapes.map((shape) => ({ shape })))('guided integrated gradients on $shape', ({ shape }) => {
  const request = requestOf(shape);

  it.each([
    { fraction: 0.25, maxDistance: 0.1 },
    { fraction: 0.1, maxDistance: 1 },
    { fraction: 1, maxDistance: 0 },
  ])('of a linear model are w·(x − r), whatever the path: %j', async (options) => {
    const engine = closedFormEngine(sampleModel(shape, 'linear'));
    const params = { ...options, steps: 9, reference: 0.3 };
    const { maps, diagnostics } = await explainOnce(guidedIntegratedGradients, { engine, params }, request);
    const [found] = await engine.gradient({ ...request, wrt: 'input' });
    const wanted = request.inputs.data.map((x, at) => (x - 0.3) * (found?.gradient.data[at] ?? NaN));
    expect(largestDifference(maps.data, wanted)).toBeLessThan(2e-6);
    for (const error of diagnostics.additivityError ?? [NaN]) expect(error).toBeLessThan(2e-5);
  });

  it('add up to the change of the output, closer with more steps', async () => {
    const engine = closedFormEngine(sampleModel(shape));
    const worst = async (steps: number) => {
      const params = { steps, maxDistance: 0.5 };
      const found = await explainOnce(guidedIntegratedGradients, { engine, params }, request);
      return Math.max(...(found.diagnostics.additivityError ?? [NaN]));
    };
    const [coarse, fine] = [await worst(20), await worst(300)];
    expect(fine).toBeLessThan(coarse / 5);
    expect(fine).toBeLessThan(0.03);
  });

  it('are integrated gradients on the straight path', async () => {
    const engine = closedFormEngine(sampleModel(shape));
    const guided = await explainOnce(guidedIntegratedGradients, { engine, params: { steps: 800, maxDistance: 0 } }, request);
    const straight = await explainOnce(integratedGradients, { engine, params: { steps: 200 } }, request);
    // The left rule errs with the step.
    expect(largestDifference(guided.maps.data, [...straight.maps.data])).toBeLessThan(1e-2);
  });

  it('average the maps of several starts', async () => {
    const engine = closedFormEngine(sampleModel(shape));
    const explain = async (params: object) => {
      const on = { engine, background: backgroundOf(sampleInputs(shape, 2)), params: { steps: 5, ...params } };
      return (await explainOnce(guidedIntegratedGradients, on, request)).maps.data;
    };
    const [low, high] = [await explain({ baseline: -1 }), await explain({ baseline: 1 })];
    const both = low.map((value, at) => (value + (high[at] ?? NaN)) / 2);
    expect(largestDifference(await explain({ baseline: [-1, 1] }), both)).toBeLessThan(1e-6);
  });
});

describe('the path of guided integrated gradients', () => {
  const x = Float64Array.of(1, -2, 0.5, 3, 0);
  const start = new Float64Array(5);
  const gradient = Float64Array.of(0.5, -0.1, 0.3, 2, 1);

  it('goes the same distance in each step, and ends at the sample', () => {
    const path = guidedPath({ x, start, steps: 5, fraction: 0.25, maxDistance: 1 });
    for (let step = 1; step <= 5; step++) {
      path.advance(gradient);
      const left = path.point.reduce((sum, value, at) => sum + Math.abs(value - (x[at] ?? NaN)), 0);
      expect(left).toBeCloseTo(6.5 * (1 - step / 5), 9);
    }
    expect([...path.point]).toEqual([...x].map((value) => expect.closeTo(value, 9) as unknown));
  });

  it('moves the values with the smallest gradients first', () => {
    const path = guidedPath({ x, start, steps: 13, fraction: 0.25, maxDistance: 1 });
    // 0.5 a step: four steps for the second value, then one for the third.
    for (let step = 0; step < 5; step++) path.advance(gradient);
    expect([...path.point]).toEqual([0, -2, 0.5, 0, 0].map((value) => expect.closeTo(value, 9) as unknown));
  });

  it('stays within its distance of the straight path', () => {
    const path = guidedPath({ x, start, steps: 10, fraction: 0.25, maxDistance: 0.15 });
    for (let step = 1; step <= 10; step++) {
      path.advance(gradient);
      for (const [at, value] of path.point.entries()) {
        if (x[at] !== 0) expect(Math.abs(value / (x[at] ?? NaN) - step / 10)).toBeLessThan(0.15 + 1e-9);
      }
    }
  });
});
