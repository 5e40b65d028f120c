import { describe, expect, it } from 'vitest';
import type { ExpectedGradientsRequest } from '@xaigrid/engine';
import { rowsOf } from '@xaigrid/tensor';
import { shapGradient } from '../src/shap-gradient.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const inputs = sampleInputs([4, 2], 3);
const classes = Int32Array.of(0, 1, 2);

/** What the explainer asks the engine for, besides what it answers. */
async function explainAndWatch(params: unknown, sampleIndices = Int32Array.of(0, 1, 2), seed = 0) {
  const engine = closedFormEngine(sampleModel([4, 2]));
  const requests: ExpectedGradientsRequest[] = [];
  const watched = {
    ...engine,
    expectedGradients: async (references: Parameters<typeof engine.expectedGradients>[0]) => {
      const gradients = await engine.expectedGradients(references);
      return {
        ...gradients,
        attribute: (request: ExpectedGradientsRequest) => {
          requests.push(request);
          return gradients.attribute(request);
        },
      };
    },
  };
  const explanation = await explainOnce(
    shapGradient,
    { engine: watched, params, seed, background: backgroundOf(sampleInputs([4, 2], 5)) },
    { inputs, classes, sampleIndices },
  );
  return { explanation, requests };
}

describe('Gradient SHAP', () => {
  it('of a linear model with one reference is weight times difference, whatever is drawn', async () => {
    const model = sampleModel([4, 2], 'linear');
    const reference = sampleInputs([4, 2], 1);
    const { maps, diagnostics } = await explainOnce(
      shapGradient,
      { engine: closedFormEngine(model), params: { draws: 3 }, background: backgroundOf(reference) },
      { inputs, classes },
    );
    const [gradient] = await closedFormEngine(model).gradient({ inputs, classes, wrt: 'input' });
    for (const sample of [0, 1, 2]) {
      const closedForm = mapOf(inputs, sample).map(
        (x, i) => (gradient?.gradient.data[sample * 8 + i] ?? NaN) * (x - (reference.data[i] ?? NaN)),
      );
      // Two roundings to float32 of values below 4.
      expect(largestDifference(mapOf(maps, sample), closedForm)).toBeLessThan(5e-7);
    }
    for (const error of diagnostics.additivityError ?? [NaN]) expect(error).toBeLessThan(4e-6);
    // The draws differ by rounding only.
    for (const error of diagnostics.maxStandardError ?? [NaN]) expect(error).toBeLessThan(1e-6);
  });

  it('comes as near to adding up as its standard error says', async () => {
    const { explanation } = await explainAndWatch({ draws: 2000 });
    const { additivityError, meanStandardError } = explanation.diagnostics;
    for (const sample of [0, 1, 2]) {
      expect(meanStandardError?.[sample]).toBeGreaterThan(0);
      // The error of a sum of 8 values is at most 8 mean errors when they all err together; four deviations of that.
      expect(additivityError?.[sample]).toBeLessThan(32 * (meanStandardError?.[sample] ?? NaN));
    }
  });

  it('draws every reference and fractions over all of (0, 1)', async () => {
    const { requests } = await explainAndWatch({ draws: 1000 });
    const { references, fractions } = requests[0] ?? { references: new Int32Array(), fractions: new Float32Array() };
    const counts = [0, 1, 2, 3, 4].map((reference) => references.filter((drawn) => drawn === reference).length);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(3000);
    // Binomial(3000, 1/5): 600 ± 22; five deviations.
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(110);
    const mean = fractions.reduce((a, b) => a + b, 0) / 3000;
    // Deviation of the mean of 3000 uniform numbers: 0.29/√3000 = 0.0053; five of them.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.027);
    expect(Math.min(...fractions)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...fractions)).toBeLessThanOrEqual(1);
  });

  it('takes one fraction in each stratum when stratified', async () => {
    const { requests } = await explainAndWatch({ draws: 50, sampling: 'stratified' });
    const [first] = requests;
    for (const sample of [0, 1, 2]) {
      const strata = Array.from({ length: 50 }, (_, draw) => Math.floor((first?.fractions[sample * 50 + draw] ?? NaN) * 50));
      expect(strata).toEqual(Array.from({ length: 50 }, (_, draw) => draw));
    }
  });

  it('draws the same for a sample whatever it is explained together with, and other things for other seeds', async () => {
    const together = await explainAndWatch({ draws: 20 }, Int32Array.of(5, 6, 7));
    const alone = await explainOnce(
      shapGradient,
      { engine: closedFormEngine(sampleModel([4, 2])), params: { draws: 20 }, background: backgroundOf(sampleInputs([4, 2], 5)) },
      { inputs: rowsOf(inputs, 1, 2), classes: Int32Array.of(1), sampleIndices: Int32Array.of(6) },
    );
    expect(mapOf(alone.maps, 0)).toEqual(mapOf(together.explanation.maps, 1));
    const reseeded = await explainAndWatch({ draws: 20 }, Int32Array.of(5, 6, 7), 1);
    expect(mapOf(reseeded.explanation.maps, 1)).not.toEqual(mapOf(alone.maps, 0));
  });

  it('keeps no standard error of a single draw, which has none', async () => {
    const { explanation } = await explainAndWatch({ draws: 1 });
    expect(Object.keys(explanation.diagnostics)).toEqual(['additivityError']);
  });

  it('bounds the gradients of one call', () => {
    const engine = closedFormEngine(sampleModel([4, 2]));
    const samples = (draws: number) => shapGradient.samplesPerCall(engine, shapGradient.params.parse({ draws }));
    expect(samples(200) * 200).toBeLessThanOrEqual(16_384);
    expect(samples(1_000_000)).toBe(1);
  });
});
