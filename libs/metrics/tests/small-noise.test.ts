import { tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { metric } from '../src/index.js';
import { inputs, redrawnRequest, SAMPLES } from './redrawn-request.js';

/** Samples of bytes, as images are, besides samples of about −1 to 1. */
const bytes = tensorOf(
  inputs.data.map((value) => Math.round(127 + 120 * value)),
  inputs.shape,
);

describe('noise in the units of the input', () => {
  it.each([
    ['max-sensitivity', { radius: [0.02, 2], perturbations: 2 }],
    ['average-sensitivity', { radius: [0.02, 2], perturbations: 2 }],
    ['average-sensitivity', { definition: 'xplique', radius: [0.02, 2], perturbations: 2 }],
    ['local-lipschitz-estimate', { noise: [0.02, 2], perturbations: 2 }],
    ['local-lipschitz-estimate', { definition: 'quantus', noise: [0.02, 2], perturbations: 2 }],
    ['relative-input-stability', { noise: [0.02, 2], perturbations: 2 }],
    ['relative-output-stability', { noise: [0.02, 2], perturbations: 2 }],
    ['relative-representation-stability', { definition: 'quantus', noise: [0.021, 2], perturbations: 2 }],
  ])('%s %j: says where it is too small for the sample', async (name, params) => {
    const scorer = metric(name);
    const request = redrawnRequest({ settings: [] });
    const settings = scorer.settings(scorer.params.parse(params), request.engine.model);
    const smallIn = async (given: typeof inputs) => {
      const activations = () => Promise.resolve([given]);
      const { measures } = await scorer.score(redrawnRequest({ settings, given, engine: { activations } }));
      return [...(measures.smallNoise ?? [])];
    };
    const none = Array.from({ length: 2 * SAMPLES }, () => 0);
    expect(await smallIn(inputs)).toEqual(none);
    expect(await smallIn(bytes)).toEqual(none.map((_, at) => (at < SAMPLES ? 1 : 0)));
    expect(scorer.measures.find(({ name: measure }) => measure === 'smallNoise')?.warning?.from).toBe(0.1);
  });
});
