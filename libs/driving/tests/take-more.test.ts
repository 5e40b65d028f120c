import type { Decisions, PlannedEvaluation } from '@xaigrid/contracts';
import type { RunRecord } from '@xaigrid/store';
import { expect, it } from 'vitest';
import { takeMoreSamples, type TakingParts } from '../src/until-decided/take-more.js';

/** Asks what is decided of two methods by insertion, of which one is better by 0.5 on each of 100 samples. */
async function decidedAt(setting: Readonly<Record<string, string>>): Promise<Decisions | undefined> {
  let found: Decisions | undefined;
  const evaluations = ['a', 'b'].map((label, at) => {
    const plan: unknown = { label, samples: 100, dataset: { name: 'd', size: 1000 }, model: { name: 'm' } };
    return {
      ...{ id: at + 1, runId: 'r', ordinal: at, mapSetId: 1, predictionSetId: 1, scoreSetIds: [] },
      plan: plan as PlannedEvaluation,
    };
  });
  const runs: TakingParts['store']['runs'] = {
    evaluations: () => Promise.resolve(evaluations),
    decide: (_, decisions) => {
      found = decisions;
      return Promise.resolve();
    },
    takeMore: () => Promise.resolve(),
  };
  const scores = (value: number): Float64Array<ArrayBuffer> =>
    Float64Array.from({ length: 100 }, (_, at) => value + 0.001 * (at % 7));
  const results = { scoresInOrder: () => Promise.resolve([scores(0.6), scores(0.1)]) };
  const pair = {
    first: 0,
    second: 1,
    metric: 'deletion-insertion',
    measure: 'insertion',
    scoredClass: 'predicted',
    setting,
  } as const;
  const run: unknown = { id: 'r', untilDecided: { alpha: 0.05, seed: 0, pairs: [pair] } };
  await takeMoreSamples(run as RunRecord, { store: { runs, results }, logger: { info: () => undefined } });
  return found;
}

it('a measure has the bounds of its range for probabilities alone', async () => {
  expect((await decidedAt({}))?.pairs[0]).toMatchObject({ verdict: 'first', sequence: 'betting' });
  expect((await decidedAt({ target: 'logit' }))?.pairs[0]?.sequence).toBe('asymptotic');
});
