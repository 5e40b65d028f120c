import { rowsOf, tensorOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { metric } from '../src/index.js';
import { axiomaticGolden, tensorOfSamples, wholeEngine, wholeRequest, wholeWeight } from './axiomatic-golden.js';

const scorer = metric('non-sensitivity');
const shape = [3, 3, 2];
const settingsFor = (params: object) => scorer.settings(scorer.params.parse(params), wholeEngine(shape).model);
const inputs = tensorOf(
  Float32Array.from({ length: 36 }, (_, at) => Math.sin(3 * at)),
  [2, ...shape],
);
const classes = [0, 0];
/** Channels first or last, of class 0: a value matters to its logit where its weight is not 0. */
const gradient = tensorOf(
  Float32Array.from({ length: 36 }, (_, at) => wholeWeight(at % 18, 0)),
  inputs.shape,
);
const matters = Array.from({ length: 18 }, (_, at) => wholeWeight(at, 0) !== 0);

describe('non-sensitivity', () => {
  it('is 0 of the gradient of a linear model, of values and of positions', async () => {
    const settings = settingsFor({ target: 'logit', units: ['values', 'positions'] });
    const { measures } = await scorer.score(await wholeRequest(inputs, gradient, { classes, settings }));
    expect([...(measures.nonSensitivity ?? [])]).toEqual([0, 0, 0, 0]);
    expect([...(measures.units ?? [])]).toEqual([18, 18, 9, 9]);
  });

  it('counts what a map misses, and what it invents', async () => {
    const settings = settingsFor({ target: 'logit', units: 'values' });
    const zeros = tensorOf(new Float32Array(36), inputs.shape);
    const ones = tensorOf(new Float32Array(36).fill(1), inputs.shape);
    const [missing, inventing] = await Promise.all(
      [zeros, ones].map(
        async (maps: Tensor) => (await scorer.score(await wholeRequest(inputs, maps, { classes, settings }))).measures,
      ),
    );
    const mattering = matters.filter(Boolean).length;
    expect([missing?.missed?.[0], missing?.invented?.[0], missing?.zeroMaps?.[0]]).toEqual([mattering, 0, 1]);
    expect([inventing?.missed?.[0], inventing?.invented?.[0], inventing?.nonSensitivity?.[0]]).toEqual([
      ...[0, 18 - mattering, 18 - mattering],
    ]);
  });

  it.each(axiomaticGolden.nonSensitivity)('is NonSensitivity of Quantus, softmax $softmax', async ({ maps, count, softmax }) => {
    const settings = settingsFor({ definition: 'quantus', ...(softmax ? {} : { target: 'logit' }) });
    const request = await wholeRequest(tensorOfSamples(axiomaticGolden.inputs), tensorOfSamples(maps), {
      ...{ classes: axiomaticGolden.classes, settings },
    });
    expect([...((await scorer.score(request)).measures.nonSensitivity ?? [])]).toEqual(count);
  });

  it('draws several times, so that a value that happens to stay does not count as one that does not matter', async () => {
    const constant = tensorOf(new Float32Array(36).fill(2), inputs.shape);
    // Nothing but 2 can be drawn between 2 and 2: no output changes.
    const settings = settingsFor({ target: 'logit', units: 'values' });
    const { measures } = await scorer.score(await wholeRequest(constant, gradient, { classes, settings }));
    expect([...(measures.invented ?? [])]).toEqual([0, 1].map(() => matters.filter(Boolean).length));
    expect(scorer.passes(settings, wholeEngine(shape).model)).toEqual({ forward: 1 + 4 * 18, gradient: 0 });
    expect(settingsFor({ replacement: 'mean', draws: 7 })[0]).toMatchObject({ replacement: 'mean', draws: 1 });
  });

  it('does not depend on the other samples', async () => {
    const settings = settingsFor({ tolerance: 0.05 });
    const maps = tensorOf(
      Float32Array.from({ length: 36 }, (_, at) => Math.cos(at) ** 3),
      inputs.shape,
    );
    const { measures } = await scorer.score(await wholeRequest(inputs, maps, { classes, settings }));
    const request = await wholeRequest(rowsOf(inputs, 1, 2), rowsOf(maps, 1, 2), { classes: [0], settings });
    const alone = await scorer.score({ ...request, sampleIndices: Int32Array.of(51) });
    expect(measures.nonSensitivity?.[1]).toBeGreaterThan(0);
    expect(alone.measures.nonSensitivity?.[0]).toBe(measures.nonSensitivity?.[1]);
  });
});
