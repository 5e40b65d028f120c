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
