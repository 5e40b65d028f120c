import { explainer } from '@xaigrid/explainers';
import { metric } from '@xaigrid/metrics';
import { describe, expect, it } from 'vitest';
import { checkSubmission } from '../src/http/submitted-plan.js';
import { samplePlan, sampleSubmission } from './sample-submission.js';

describe('a metric that needs regions', () => {
  it('is refused in a plan made elsewhere too', () => {
    const { version } = metric('pointing-game');
    const settings = [{ metric: 'pointing-game', version, scoredClass: 'predicted' as const, setting: { values: 'positive' } }];
    expect(() => checkSubmission(sampleSubmission(samplePlan({ settings })))).toThrow(/data set "mnist1d" of kind mnist1d/);
  });
});

it('maps of files are scored by no metric that has them drawn again, in a plan made elsewhere too', () => {
  const { version } = metric('max-sensitivity');
  const setting = { radius: 0.1, perturbations: 3 };
  const settings = [{ metric: 'max-sensitivity', version, scoredClass: 'predicted' as const, setting }];
  const stored = { method: 'stored', version: explainer('stored').version, params: {}, files: [] };
  expect(() => checkSubmission(sampleSubmission(samplePlan({ settings })))).not.toThrow();
  expect(() => checkSubmission(sampleSubmission(samplePlan({ settings, explainer: stored })))).toThrow(/are read from files/);
});
