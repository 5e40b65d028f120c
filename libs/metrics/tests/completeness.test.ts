import { rowsOf, tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { metric } from '../src/index.js';
import { axiomaticGolden, tensorOfSamples, wholeEngine, wholeRequest, wholeWeight } from './axiomatic-golden.js';

const scorer = metric('completeness');
const shape = [3, 3, 2];
const settingsFor = (params: object, inputShape = shape) =>
  scorer.settings(scorer.params.parse(params), wholeEngine(inputShape).model);

describe('completeness', () => {
  const inputs = tensorOf(
    Float32Array.from({ length: 36 }, (_, at) => ((7 * at) % 11) - 5),
    [2, ...shape],
  );
  const classes = [2, 1];
  /** w ⊙ (x − b), which adds up to z(x) − z(b) exactly. */
  const exact = (baseline: number) =>
    tensorOf(
      inputs.data.map((value, at) => wholeWeight(at % 18, classes[Math.floor(at / 18)] ?? 0) * (value - baseline)),
      inputs.shape,
    );

  it.each([0, -5, 3])('is 0, exactly, of w ⊙ (x − b) of a linear model: b = %d', async (baseline) => {
    const settings = settingsFor({ target: 'logit', baseline });
    const { measures } = await scorer.score(await wholeRequest(inputs, exact(baseline), { classes, settings }));
    expect([...(measures.completenessError ?? []), ...(measures.relativeError ?? [])]).toEqual([0, 0, 0, 0]);
    expect([...(measures.exact ?? []), ...(measures.noChange ?? [])]).toEqual([1, 1, 0, 0]);
  });

  it('is the distance from F(x) − F(b), and that as a share of it', async () => {
    const maps = exact(0);
    const more = tensorOf(
      maps.data.map((value, at) => (at % 18 === 4 ? value + 2.5 : value)),
      maps.shape,
    );
    const settings = settingsFor({ target: ['logit', 'probability'] });
    const request = await wholeRequest(inputs, more, { classes, settings });
    const { measures } = await scorer.score(request);
    expect([...(measures.completenessError ?? [])].slice(0, 2)).toEqual([2.5, 2.5]);
    for (const sample of [0, 1]) {
      const sum = maps.data.slice(18 * sample, 18 * (sample + 1)).reduce((total, value) => total + value, 0);
      // z(0) = 0: the change of the logit is the sum itself.
      expect(measures.relativeError?.[sample]).toBeCloseTo(2.5 / Math.abs(sum), 14);
      const change = (request.predictions.data[3 * sample + (classes[sample] ?? 0)] ?? NaN) - 1 / 3;
      // Probabilities are float32.
      expect(measures.completenessError?.[2 + sample]).toBeCloseTo(Math.abs(sum + 2.5 - change), 6);
    }
  });

  it('of a map of zeros is the whole change, and says where there is none', async () => {
    const zeros = tensorOf(new Float32Array(36), [2, 3, 3, 2]);
    const constant = tensorOf(
      Float32Array.from(inputs.data, (value, at) => (at < 18 ? value : 0)),
      inputs.shape,
    );
    const settings = settingsFor({ target: 'logit' });
    const { measures } = await scorer.score(await wholeRequest(constant, zeros, { classes, settings }));
    expect([...(measures.relativeError ?? [])]).toEqual([1, 0]);
    expect([...(measures.noChange ?? [])]).toEqual([0, 1]);
    const { measures: wrong } = await scorer.score(await wholeRequest(constant, exact(0), { classes, settings }));
    expect(wrong.relativeError?.[1]).toBe(1);
  });

  it.each(axiomaticGolden.completeness)(
    'is Completeness of Quantus: scaled by the largest value, and as it is',
    async (golden) => {
      const [own, maps] = [tensorOfSamples(axiomaticGolden.inputs), tensorOfSamples(golden.maps)];
      const settings = settingsFor({ definition: 'quantus' });
      const { classes: goldenClasses } = axiomaticGolden;
      const { measures } = await scorer.score(await wholeRequest(own, maps, { classes: goldenClasses, settings }));
      expect(Array.from(measures.exact ?? [], (value) => value === 1)).toEqual(golden.normalised);
      if (maps.shape[3] !== 2) return;
      const plain = settingsFor({ baseline: 'minimum', target: 'logit' });
      const { measures: unscaled } = await scorer.score(
        await wholeRequest(own, maps, { classes: goldenClasses, settings: plain }),
      );
      expect(Array.from(unscaled.exact ?? [], (value) => value === 1)).toEqual(golden.plain);
    },
  );

  it('does not depend on the other samples', async () => {
    const settings = settingsFor({ definition: ['paper', 'quantus'], baseline: 'mean', target: 'logit' });
    const maps = exact(1);
    const { measures } = await scorer.score(await wholeRequest(inputs, maps, { classes, settings }));
    const alone = await scorer.score(await wholeRequest(rowsOf(inputs, 1, 2), rowsOf(maps, 1, 2), { classes: [1], settings }));
    expect([...(alone.measures.completenessError ?? [])]).toEqual([
      measures.completenessError?.[1],
      measures.completenessError?.[3],
    ]);
  });

  it('refuses a baseline that does not fit, logits where there are none, and NaN', async () => {
    expect(() => settingsFor({ baseline: [1, 2, 3] })).toThrow(/baseline has the shape/);
    const model = { ...wholeEngine(shape).model, logits: false };
    expect(() => scorer.settings(scorer.params.parse({ definition: 'quantus' }), model)).toThrow(/Say target: probability/);
    const nan = tensorOf(exact(0).data.fill(NaN, 20, 21), inputs.shape);
    await expect(scorer.score(await wholeRequest(inputs, nan, { classes, settings: settingsFor({}) }))).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('Sample 51') as string,
    });
  });
});
