import { describe, expect, it } from 'vitest';
import { extremalPerturbation } from '../src/extremal-perturbation.js';
import { areaGradient } from '../src/extremal-perturbation/area-term.js';
import { maskAscent } from '../src/extremal-perturbation/mask-ascent.js';
import { perturbedSample } from '../src/extremal-perturbation/perturbed-sample.js';
import { masksReach, smoothMasks } from '../src/extremal-perturbation/smooth-masks.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const waves = (length: number, step: number) => Float64Array.from({ length }, (_, at) => 0.5 + 0.5 * Math.sin(step * at + 1));
/** ∂(values · gradient)/∂inputs by central differences. */
const slopes = (inputs: Float64Array<ArrayBuffer>, valueOf: (inputs: Float64Array<ArrayBuffer>) => number) =>
  Array.from(inputs, (_, at) => {
    const moved = (by: number) => valueOf(inputs.map((value, other) => (other === at ? value + by : value)));
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });
const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, at) => sum + value * (b[at] ?? NaN), 0);

describe.each([[[11]], [[6, 9]], [[4, 5, 6]]])('smooth masks over %j', (positions) => {
  const grid = { spacing: 2, sigma: 4 };
  const masks = smoothMasks(positions, grid);
  const numbers = waves(masks.size, 0.7);

  it('are the smooth maximum of the weighted numbers in the window', () => {
    const extents = positions.map((length) => 2 * (Math.ceil(length / 2) + 2 * (5 - 3) - 1) + 1);
    expect(masks.places).toBe(extents.reduce((a, b) => a * b, 1));
    const { mask } = masks.generate(numbers);
    const digits = (index: number, bases: readonly number[]) => {
      const found: number[] = [];
      for (const base of [...bases].reverse()) {
        found.unshift(index % base);
        index = Math.floor(index / base);
      }
      return found;
    };
    const cells = positions.map((length) => Math.ceil(length / 2));
    const wanted = Array.from({ length: masks.places }, (_, place) => {
      const u = digits(place, extents);
      let [above, below] = [0, 0];
      for (let offset = 0; offset < 7 ** u.length; offset++) {
        // Seven numbers on each axis, the first five before the place.
        const cell = digits(
          offset,
          u.map(() => 7),
        ).map((k, axis) => Math.floor((u[axis] ?? 0) / 2) + k - 5);
        const own = cell.some((at, axis) => at < 0 || at >= (cells[axis] ?? 0))
          ? 0
          : (numbers[cell.reduce((index, at, axis) => index * (cells[axis] ?? 0) + at, 0)] ?? NaN);
        const distance = Math.hypot(...u.map((at, axis) => at - 4 - 2 * (cell[axis] ?? 0)));
        const value = own * Math.exp(-2 * Math.max(distance / 4 - 0.5, 0) ** 2);
        above += value * Math.exp(20 * value);
        below += Math.exp(20 * value);
      }
      return above / below;
    });
    expect(largestDifference(mask, wanted)).toBeLessThan(1e-12);
  });

  it('have the gradient that differences give', () => {
    const direction = waves(masks.places, 1.3);
    const found = masks.gradient(numbers, direction, masks.generate(numbers));
    const wanted = slopes(numbers, (moved) => product(masks.generate(moved).mask, direction));
    // Central differences of sums of some hundreds.
    expect(largestDifference(found, wanted)).toBeLessThan(1e-7 * Math.max(...wanted.map(Math.abs)));
  });

  it('give way where all numbers are 0', () => {
    const none = new Float64Array(masks.size);
    const made = masks.generate(none);
    expect([...made.mask].every((value) => value === 0)).toBe(true);
    const found = masks.gradient(none, new Float64Array(masks.places).fill(1), made);
    expect(Math.min(...found)).toBeGreaterThan(0);
  });
});

it('a mask whose numbers do not reach the last position is known', () => {
  expect(masksReach(8, { spacing: 2, sigma: 4 })).toBe(true);
  expect(masksReach(9, { spacing: 3, sigma: 1 })).toBe(false);
});

describe('a perturbed sample', () => {
  const levels = [waves(8, 0.3), waves(8, 0.9), waves(8, 2.1)];
  const sample = perturbedSample(levels, [4, 2]);

  it('mixes the two nearest levels', () => {
    const point = new Float32Array(8);
    sample.write(point, Float64Array.of(0, 0.25, 0.5, 1));
    const [first, second, last] = levels.map((level) => [...level]);
    const wanted = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => {
      const [low = NaN, middle = NaN, high = NaN] = [first?.[at], second?.[at], last?.[at]];
      return [low, (low + middle) / 2, middle, high][Math.floor(at / 2)] ?? NaN;
    });
    expect(largestDifference(point, wanted)).toBeLessThan(1e-7);
  });

  it('has the gradient that differences give between levels, and none at the last one', () => {
    const gradient = Float32Array.from(waves(8, 1.7));
    const visible = Float64Array.of(0.1, 0.3, 0.7, 0.9);
    const written = (at: Float64Array<ArrayBuffer>) => {
      // In float64, so that differences have digits.
      const point = new Float64Array(8);
      sample.write(point as unknown as Float32Array, at);
      return product(point, Float64Array.from(gradient));
    };
    expect(largestDifference(sample.gradient(visible, gradient), slopes(visible, written))).toBeLessThan(1e-8);
    expect([...sample.gradient(new Float64Array(4).fill(1), gradient)]).toEqual([0, 0, 0, 0]);
  });
});

describe('the area term', () => {
  const mask = Float64Array.of(0.9, 0.2, 0.4, 0.8, 0.1);

  it('pulls the largest share of places to 1 and the others to 0', () => {
    const wanted = [0.1, -0.2, -0.4, 0.2, -0.1].map((distance) => (2 * 3 * distance) / 5);
    expect(largestDifference(areaGradient(mask, { area: 0.4, weight: 3 }), wanted)).toBeLessThan(1e-15);
  });

  it('ranks values that differ in their last bits by their place', () => {
    const signs = (values: readonly number[]) =>
      [...areaGradient(Float64Array.from(values), { area: 0.5, weight: 1 })].map(Math.sign);
    expect(signs([0.3, 0.3, 0.3, 0.3])).toEqual([-1, -1, 1, 1]);
    expect(signs([0.3 + 1e-15, 0.3, 0.3, 0.3 - 1e-15])).toEqual([-1, -1, 1, 1]);
    expect(signs([0.31, 0.3, 0.3, 0.3])).toEqual([1, -1, -1, 1]);
  });
});

it('the ascent has the momentum of SGD with dampening, and stays within 0 and 1', () => {
  const ascent = maskAscent(2, { learningRate: 0.1, momentum: 0.5 });
  ascent.climb(Float64Array.of(-2, 3));
  expect([...ascent.numbers]).toEqual([0.8, 1]);
  ascent.climb(Float64Array.of(-1, -20));
  // Half of −2 and half of −1; half of 3 and half of −20.
  expect(ascent.numbers[0]).toBeCloseTo(0.65, 12);
  expect(ascent.numbers[1]).toBeCloseTo(0.15, 12);
  ascent.climb(Float64Array.of(0, -20));
  expect(ascent.numbers[1]).toBe(0);
});

describe('extremal perturbation', () => {
  /** A linear model that reads two places only: positive at place 5 for class 0, negative at place 18. */
  const shape = [24, 1];
  const model = {
    ...sampleModel(shape, 'linear', 1),
    mix: [[1]],
    head: Array.from({ length: 24 }, (_, place) => [[place === 5 ? 40 : place === 18 ? -40 : 0, 0]]),
  };
  const engine = closedFormEngine(model);
  const inputs = { shape: [1, ...shape], data: new Float32Array(24).fill(1) };
  const explain = (params: object, classes = Int32Array.of(0)) =>
    explainOnce(
      extremalPerturbation,
      { engine, params: { baseline: 0, spacing: 1, sigma: 3, areaWeight: 300, ...params } },
      { inputs, classes },
    );

  it.each(['preserve', 'delete', 'dual'])(
    '%s: shows what speaks for the class, and hides what speaks against it',
    async (variant) => {
      const { maps, degenerate } = await explain({ variant, areas: [0.2], steps: 200 });
      const map = mapOf(maps, 0);
      expect(map[5]).toBe(Math.max(...map));
      expect(map[5]).toBeGreaterThan(0.9);
      expect(map[18]).toBeLessThan(0.05);
      expect(degenerate).toEqual([false]);
    },
  );

  it('adds up the masks of its areas', async () => {
    const [both, small, large] = [
      await explain({ areas: [0.1, 0.4], steps: 40 }),
      await explain({ areas: [0.1], steps: 40 }),
      await explain({ areas: [0.4], steps: 40 }),
    ];
    const sum = small.maps.data.map((value, at) => value + (large.maps.data[at] ?? NaN));
    expect(largestDifference(both.maps.data, sum)).toBeLessThan(1e-6);
  });

  it('mirrors every other step', async () => {
    const own = await explain({ jitter: true, steps: 1 });
    const mirrored = await explainOnce(
      extremalPerturbation,
      {
        engine: closedFormEngine({ ...model, head: [...model.head].reverse() }),
        params: { baseline: 0, spacing: 1, sigma: 3, areaWeight: 300, steps: 1 },
      },
      { inputs, classes: Int32Array.of(0) },
    );
    expect([...own.maps.data]).toEqual([...mirrored.maps.data]);
    expect([...own.maps.data]).not.toEqual([...(await explain({ steps: 1 })).maps.data]);
  });

  it('is degenerate where the output depends on nothing that a mask shows', async () => {
    const { maps, degenerate } = await explain({ steps: 3 }, Int32Array.of(1));
    expect(degenerate).toEqual([true]);
    expect(maps.data.every((value) => value === 0)).toBe(true);
  });

  it('of a sample does not depend on the others of its call', async () => {
    const images = closedFormEngine(sampleModel([6, 8, 2]));
    const three = sampleInputs([6, 8, 2], 3);
    const params = { steps: 6, areas: [0.3, 0.1], variant: 'dual', spacing: 2, sigma: 4 };
    const all = await explainOnce(
      extremalPerturbation,
      { engine: images, params },
      { inputs: three, classes: Int32Array.of(2, 0, 1) },
    );
    const last = { shape: [1, 6, 8, 2], data: three.data.slice(2 * 96) };
    const alone = await explainOnce(
      extremalPerturbation,
      { engine: images, params },
      { inputs: last, classes: Int32Array.of(1) },
    );
    expect(mapOf(all.maps, 2)).toEqual(mapOf(alone.maps, 0));
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const prepared = await extremalPerturbation.prepare({
      ...{ engine, params: extremalPerturbation.params.parse({ steps: 100_000 }), seed: 0, filePaths: [] },
    });
    const request = { inputs, classes: Int32Array.of(0), sampleIndices: Int32Array.of(0), signal: controller.signal };
    await expect(prepared.explain(request)).rejects.toThrow('enough');
  });

  it('scales its mask and its blur with the sample', () => {
    const planned = (inputShape: readonly number[], params: object = {}) =>
      extremalPerturbation.plannedParams(extremalPerturbation.params.parse(params), { ...engine.model, inputShape });
    expect(planned([224, 300, 3])).toMatchObject({ spacing: 7, sigma: 21, baseline: { blur: 20 }, levels: 8, border: 'reflect' });
    expect(planned([224, 224, 3])).toMatchObject({ areaWeight: 300 });
    expect(planned([40, 1])).toMatchObject({ spacing: 1, sigma: 3, areaWeight: (300 * 40) / 1024 });
    expect(planned([40, 1], { areaWeight: 7 })).toMatchObject({ areaWeight: 7 });
    expect(planned([40, 1], { baseline: 'mean' })).not.toHaveProperty('levels');
  });

  it.each([
    [{ baseline: 0, levels: 4 }, 'levels belongs to a blur'],
    [{ baseline: 'mean', border: 'zero' }, 'border belongs to a blur'],
    [{ spacing: 3, sigma: 1 }, 'the mask does not reach all positions of [24]. Give sigma 6 or more'],
  ])('refuses %j', (params, message) => {
    expect(() => {
      extremalPerturbation.validate(extremalPerturbation.params.parse(params), engine.model);
    }).toThrow(message);
  });

  it('refuses a table', () => {
    expect(() => {
      extremalPerturbation.validate(extremalPerturbation.params.parse({}), { ...engine.model, inputShape: [24] });
    }).toThrow('the features of a table are no neighbours');
  });
});
