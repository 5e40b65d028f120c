import { choiceKey, type PlannedEvaluation, type RunSubmission } from '@xaigrid/contracts';
import { chooseSamples } from '@xaigrid/datasets';
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

  it('is refused with scores that would be stored as those on other regions', () => {
    const { version } = metric('pointing-game');
    const regionsFingerprint = 'a'.repeat(64);
    const dataset = { ...samplePlan().dataset, regions: true, regionsFingerprint };
    const submission = (regions: string | undefined) => {
      const planned = { metric: 'pointing-game', version, scoredClass: 'predicted' as const, setting: { values: 'positive' } };
      const settings = [{ ...planned, ...(regions === undefined ? {} : { regions }) }];
      return sampleSubmission(samplePlan({ dataset, settings }));
    };
    expect(() => checkSubmission(submission(regionsFingerprint))).not.toThrow();
    for (const regions of [undefined, 'b'.repeat(64)])
      expect(() => checkSubmission(submission(regions))).toThrow(/names other regions than data set "mnist1d" has/);
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

describe('a run that takes samples until pairs are decided, in a plan made elsewhere', () => {
  const start = chooseSamples({ size: 1000, samples: 50, seed: 7 });
  const taken = { samples: 50, chosen: { choose: 'until-decided' as const, seed: 7, sha256: choiceKey(start) } };
  const { settings } = samplePlan();
  const pair = {
    ...{ first: 0, second: 1, metric: 'drop-increase', measure: 'drop', scoredClass: 'predicted' as const },
    setting: { keepFraction: 0.3, baseline: 'zero' },
  };
  const submission = (changes: {
    readonly plan?: Partial<PlannedEvaluation>;
    readonly pair?: Partial<typeof pair>;
    readonly seed?: number;
  }): RunSubmission => ({
    ...sampleSubmission(samplePlan(taken), samplePlan({ ...taken, label: 'other', ...changes.plan })),
    choices: { [choiceKey(start)]: [...start] },
    untilDecided: { alpha: 0.05, seed: changes.seed ?? 7, pairs: [{ ...pair, ...changes.pair }] },
  });

  it('is taken if it begins with the first samples of its order', () => {
    expect(() => checkSubmission(submission({}))).not.toThrow();
  });

  it.each<[string, Parameters<typeof submission>[0], RegExp]>([
    ['other samples', { seed: 8 }, /evaluations\.0 \(sise\): its samples are not the first of the random order with seed 8/],
    ['an evaluation without an order', { plan: { chosen: undefined, samples: 10 } }, /evaluations\.1 \(other\): its samples/],
    [
      'a data set that would take a second a million samples to put in order',
      { plan: { dataset: { ...samplePlan().dataset, size: 2 ** 40 } } },
      /Data set "mnist1d" has 1099511627776 samples\. Until methods are decided, samples are taken from at most 4194304/,
    ],
    ['a pair that is not there', { pair: { second: 2 } }, /untilDecided\.pairs\.0: there are no evaluations 0 and 2/],
    ['a method against itself', { pair: { second: 0 } }, /untilDecided\.pairs\.0: .* not two with that setting/],
    [
      'another setting',
      { pair: { setting: { keepFraction: 0.1, baseline: 'zero' } } },
      /not two with that setting of drop-increase/,
    ],
    ['a measure that says nothing', { pair: { measure: 'ties' } }, /ties of drop-increase does not say which is better/],
    [
      'two models',
      { plan: { model: { ...samplePlan().model, name: 'another' }, settings } },
      /differ in their data set or model/,
    ],
  ])('is refused with %s', (_, changes, sentence) => {
    expect(() => checkSubmission(submission(changes))).toThrow(sentence);
  });

  it('is refused where only the samples say so', () => {
    const others: RunSubmission = { ...sampleSubmission(samplePlan(taken)), choices: { [choiceKey(start)]: [...start] } };
    expect(() => checkSubmission(others)).toThrow(
      /it must take samples until-decided if the run has untilDecided, and only then/,
    );
  });
});
