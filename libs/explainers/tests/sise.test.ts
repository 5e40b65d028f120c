import { describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { sise } from '../src/sise.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

/*
 * Made with numpy in float64 from DESIGN.md's formulas: gradients of the closed-form model by einsum, bilinear resize by
 * np.interp-like taps with half-pixel centres, Otsu by trying all 256 levels. Samples 0 (class 0) and 1 (class 2) of
 * `sampleInputs`, rounded to 7 digits.
 */
const goldens = [
  {
    inputShape: [8, 2],
    params: { layers: ['features'] },
    maps: [
      [0.7068016, 0.0484698, 0.2008526, 0.9109846, 1.0, 0.3201274, 0.0, 0.5710503],
      [0.4877418, 0.6795753, 0.1700367, 0.9384005, 0.0, 1.0, 0.0539558, 0.8367237],
    ],
  },
  {
    inputShape: [8, 2],
    params: { layers: ['half', 'features'] },
    maps: [
      [0.0, 0.0020499, 1.1016215, 1.8293465, 0.7262492, 0.0047043, 0.767593, 1.5710503],
      [1.4877418, 1.6266369, 1.0112217, 1.6286514, 0.2245289, 0.0, 0.0, 0.0],
    ],
  },
  {
    inputShape: [8, 2],
    params: { layers: ['features', 'half'], fusion: 'simple' },
    maps: [
      [0.0, 0.1047072, 0.9923063, 1.6800021, 0.4776694, 0.1886031, 0.5891991, 1.5710503],
      [1.4877418, 1.5405255, 0.8506245, 1.1241782, 0.2442925, 0.3855245, 0.0151592, 0.0],
    ],
  },
  {
    inputShape: [4, 4, 1],
    params: { layers: ['features', 'half'] },
    maps: [
      [
        0.112705, 1.94e-5, 0, 0, 0.8349997, 1.3071122, 1.8196203, 2, 1.4870119, 1.0055752, 5e-7, 0, 0, 0.3754884, 1.3598699,
        1.7836901,
      ],
      [
        1.9249415, 1.5906862, 0, 0, 1.5842632, 1.7409576, 1.4e-6, 0, 0.9787573, 1.5560586, 1.3466513, 0.3448965, 0, 0.0055006,
        1.6929372, 1.3134785,
      ],
    ],
  },
];

describe('SISE', () => {
  it.each(goldens)(
    'draws the maps of a numpy version on inputs of $inputShape with $params',
    async ({ inputShape, params, maps }) => {
      const explained = await explainOnce(
        sise,
        { engine: closedFormEngine(sampleModel(inputShape)), params },
        { inputs: sampleInputs(inputShape, 2), classes: Int32Array.of(0, 2) },
      );
      expect(explained.maps.shape).toEqual([2, ...inputShape.slice(0, -1)]);
      expect(explained.degenerate).toEqual([false, false]);
      // float32 sums of a few terms, made up to 50 times larger by the step's slope of 25 on values up to 2.
      for (const [sample, map] of maps.entries())
        expect(largestDifference(mapOf(explained.maps, sample), map)).toBeLessThan(1e-5);
    },
  );

  it('keeps only feature maps above μ times the largest gradient', async () => {
    const inputs = sampleInputs([8, 2], 2);
    const run = (gradientThreshold: number) =>
      explainOnce(
        sise,
        { engine: closedFormEngine(sampleModel([8, 2])), params: { gradientThreshold } },
        { inputs, classes: Int32Array.of(0, 2) },
      );
    // Sample 1's mean gradients, by numpy: 0.0233, -0.0213, 0.0188, -0.0160; sample 0's: -0.0346, 0.0339, -0.0325, 0.0305.
    expect([...((await run(0)).diagnostics.keptFeatureMaps ?? [])]).toEqual([2, 2]);
    expect([...((await run(0.85)).diagnostics.keptFeatureMaps ?? [])]).toEqual([2, 1]);
    expect([...((await run(0.95)).diagnostics.keptFeatureMaps ?? [])]).toEqual([1, 1]);
  });

  it('gives a zero, degenerate map when no gradient is positive', async () => {
    const model = sampleModel([8, 2], 'linear');
    const head = model.head.map((features) => features.map((classes) => classes.map(() => -1)));
    const explained = await explainOnce(
      sise,
      { engine: closedFormEngine({ ...model, head }), params: { gradientThreshold: 0.5 } },
      { inputs: sampleInputs([8, 2], 1), classes: Int32Array.of(1) },
    );
    expect(explained.degenerate).toEqual([true]);
    expect(mapOf(explained.maps, 0)).toEqual(new Array(8).fill(0));
    expect([...(explained.diagnostics.keptFeatureMaps ?? [])]).toEqual([0]);
  });

  it('gives a zero, degenerate map when the feature maps are constant', async () => {
    const inputs = { shape: [1, 8, 2], data: new Float32Array(16).fill(0.5) };
    const explained = await explainOnce(
      sise,
      { engine: closedFormEngine(sampleModel([8, 2])) },
      { inputs, classes: Int32Array.of(0) },
    );
    expect(explained.degenerate).toEqual([true]);
    expect(mapOf(explained.maps, 0)).toEqual(new Array(8).fill(0));
  });

  it('flags a sample by itself, not its neighbours', async () => {
    const inputs = sampleInputs([8, 2], 2);
    inputs.data.fill(0.5, 0, 16);
    const explained = await explainOnce(
      sise,
      { engine: closedFormEngine(sampleModel([8, 2])) },
      { inputs, classes: Int32Array.of(0, 2) },
    );
    expect(explained.degenerate).toEqual([true, false]);
    expect(largestDifference(mapOf(explained.maps, 1), goldens[0]?.maps[1] ?? [])).toBeLessThan(1e-5);
  });

  it('names the sample whose gradient is not finite', async () => {
    const inputs = sampleInputs([8, 2], 2);
    inputs.data[20] = NaN;
    const explained = explainOnce(
      sise,
      { engine: closedFormEngine(sampleModel([8, 2])) },
      { inputs, classes: Int32Array.of(0, 2), sampleIndices: Int32Array.of(40, 41) },
    );
    await expect(explained).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('sample 41') as string,
    });
  });

  it('hashes its layers in the order of the model, defaults filled in', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    const plannedParams = (params: unknown) => sise.plannedParams(sise.params.parse(params), model);
    expect(plannedParams({})).toEqual({ layers: ['features'], gradientThreshold: 0, fusion: 'otsu' });
    expect(plannedParams({ layers: ['half', 'features'] })).toEqual(plannedParams({ layers: ['features', 'half', 'half'] }));
    expect(sise.plannedParams(sise.params.parse(plannedParams({})), model)).toEqual(plannedParams({}));
  });

  it('hashes the choice of feature maps only where it is not the default, and refuses two rules at once', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    const plannedParams = (params: unknown) => sise.plannedParams(sise.params.parse(params), model);
    expect(plannedParams({ selection: 'threshold' })).toEqual(plannedParams({}));
    expect(plannedParams({ selection: 'otsu', maskBudget: 8 })).toEqual({
      ...plannedParams({}),
      selection: 'otsu',
      maskBudget: 8,
    });
    expect(sise.params.safeParse({ selection: 'otsu', gradientThreshold: 0.3 }).error?.issues).toMatchObject([
      { path: ['gradientThreshold'], message: expect.stringContaining('belongs to selection: threshold') as string },
    ]);
    expect(sise.params.safeParse({ maskBudget: 0 }).success).toBe(false);
  });

  it('complains early of layers that are missing or have no positions', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    const validate = (layers: string[]) => () => explainer('sise').validate(explainer('sise').params.parse({ layers }), model);
    expect(validate(['featuers'])).toThrow(
      'Layer "featuers" is not in the model. Did you mean "features"? Layers: features, half, head.',
    );
    expect(validate(['features', 'nowhere'])).toThrow(expect.objectContaining({ code: 'LAYER_NOT_FOUND' }));
    expect(validate(['head'])).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    expect(validate(['head'])).toThrow('Layers with feature maps: features, half.');
    const layers = model.layers.map((layer) => (layer.name === 'half' ? { ...layer, attention: true as const } : layer));
    expect(() => sise.validate(sise.params.parse({ layers: ['half'] }), { ...model, layers })).toThrow(
      /, which is attention between tokens, not feature maps .* Layers with feature maps: features\. \(For transformers see/,
    );
    expect(() => sise.validate(sise.params.parse({}), { ...model, saliencyLayers: [] })).toThrow(
      expect.objectContaining({ code: 'LAYER_NOT_FOUND' }),
    );
  });
});
