import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dropIncrease } from '../src/faithfulness/drop-increase.js';

const model = { inputShape: [4, 2], classes: 3, layers: [], saliencyLayers: [], weightSteps: [] };
const settings = (params: unknown) => dropIncrease.settings(dropIncrease.params.parse(params), model);

describe("drop-increase's settings", () => {
  it('are one for each keep fraction and each keep threshold', () => {
    expect(settings({ keepFractions: [0.1, 0.3], keepThresholds: [0], baseline: 'mean' })).toEqual([
      { keepFraction: 0.1, baseline: 'mean' },
      { keepFraction: 0.3, baseline: 'mean' },
      { keepThreshold: 0, baseline: 'mean' },
    ]);
  });

  it('are nine fractions by default, and none when thresholds are given', () => {
    expect(settings({}).map((setting) => setting.keepFraction)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(settings({ keepThresholds: [0.5] })).toEqual([{ keepThreshold: 0.5, baseline: 'zero' }]);
  });

  it('say the same thing in one way', () => {
    expect(settings({ keepFractions: [0.3, 0.3], baseline: 0 })).toEqual([{ keepFraction: 0.3, baseline: 'zero' }]);
    expect(settings({ keepFractions: [-0], keepThresholds: [-0] })).toEqual(
      settings({ keepFractions: [0], keepThresholds: [0] }),
    );
  });

  it.each([
    [{ keepFractions: [1.1] }],
    [{ keepFractions: [] }],
    [{ keepFractions: [0.5], baseline: 'black' }],
    [{ keepFractions: [0.5], divisor: 0 }],
    [{ keepFractions: [0.5], divisor: 496.5 }],
    [{ keepFractions: [0.5], baseline: { blur: 0 } }],
    [{ keepFractions: [0.5], baseline: { blur: -1 } }],
    [{ keepFractions: [0.5], baseline: { blur: 5, radius: 3 } }],
  ])('refuse %j', (params) => {
    expect(dropIncrease.params.safeParse(params).success).toBe(false);
  });

  it.each([[[1, 2, 3]], [[[1], [2], [3], [4]]], [[[1, 2], [3]]], [[[1, 2]]]])(
    'refuse the baseline %j for an input of [4, 2]',
    (baseline) => {
      expect(() => settings({ baseline })).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    },
  );

  it.each(['mean', { blur: 2 }])('refuse the baseline %j for a table, whose features are no positions', (baseline) => {
    const params = dropIncrease.params.parse({ baseline });
    expect(() => dropIncrease.settings(params, { ...model, inputShape: [4] })).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining("a table's 4 features") as string }),
    );
  });

  it('say how ties are kept only where it is not the rule', () => {
    const random = { keepFraction: 0.3, baseline: 'zero', ties: 'random' };
    expect(settings({ keepFractions: [0.3], ties: 'random' })).toEqual([random]);
    expect(settings({ keepFractions: [0.3], ties: 'left-out' })).toEqual(settings({ keepFractions: [0.3] }));
    expect(settings({ keepThresholds: [0.3], ties: 'random' })).toEqual([{ keepThreshold: 0.3, baseline: 'zero' }]);
  });

  it('know nothing of the divisor, which only tables do', () => {
    const params = { keepFractions: [0.9], divisor: 1000 };
    expect(settings(params)).toEqual(settings({ keepFractions: [0.9] }));
    expect(dropIncrease.divisor?.(dropIncrease.params.parse(params))).toEqual({ value: 1000, measures: ['drop', 'increase'] });
    expect(dropIncrease.divisor?.(dropIncrease.params.parse({}))).toBeUndefined();
  });

  it('hold how much a baseline is blurred', () => {
    expect(settings({ keepFractions: [0.9], baseline: { blur: 2.5 } })).toEqual([{ keepFraction: 0.9, baseline: { blur: 2.5 } }]);
  });

  it('have a JSON Schema for editors', () => {
    expect(() => z.toJSONSchema(dropIncrease.params, { io: 'input' })).not.toThrow();
  });
});
