import type { Decisions, PairDecision } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { formatDecisions } from '../src/index.js';

const pairOf = (second: string, changes: Partial<PairDecision>): PairDecision => ({
  ...{ dataset: 'digits', model: 'cnn', first: 'sise', second, metric: 'drop-increase', measure: 'drop' },
  ...{ scoredClass: 'predicted', setting: { keepFraction: 0.3, baseline: 'zero' }, verdict: 'undecided' },
  ...{ samples: 63, unscored: 0, difference: -0.1953, sequence: 'betting' },
  ...changes,
});

const decisionsOf = (taken: Partial<Decisions['taken'][number]>, pairs: readonly PairDecision[]): Decisions => ({
  ...{ alpha: 0.05, within: 0.01, pairs: [...pairs] },
  taken: [{ dataset: 'digits', model: 'cnn', samples: 63, of: 1000, ...taken }],
});

describe('decisions of a run', () => {
  const decided = pairOf('gradient', { verdict: 'first', after: 54, interval: { low: -0.3258, high: -0.0421 } });

  it('are a sentence, a line for each pair, and what they mean', () => {
    const same = pairOf('occlusion', { verdict: 'same', after: 60, difference: 0.001 });
    const text = formatDecisions(decisionsOf({ end: 'decided' }, [decided, same]));
    expect(text).toMatch(/^digits \(cnn\): 63 of 1000 samples decided both pairs of methods\.\n\nDataset +Model +Measure/);
    expect(text).toMatch(/sise +gradient +sise is better +54 +-0\.1953 \[-0\.3258, -0\.0421\]\n/);
    expect(text).toMatch(/sise +occlusion +the same within 0\.01 +60 +0\.0010\n/);
    expect(text).toMatch(
      /hold together with a probability of 95 %, whenever the run stopped\. The same: they differ by less than 0\.01\./,
    );
  });

  it.each<[Partial<Decisions['taken'][number]>, string]>([
    [{ end: 'all-samples', samples: 1000 }, 'all 1000 samples were taken; 1 of 2 pairs of methods is undecided.'],
    [
      { end: 'most-samples' },
      '63 of 1000 samples were taken, the most that the spec allows; 1 of 2 pairs of methods is undecided.',
    ],
    [
      { end: 'unscored' },
      '63 of 1000 samples were taken; 1 of 2 pairs of methods is undecided, because no sample has scores of both.',
    ],
    [{}, '63 of 1000 samples so far; 1 of 2 pairs of methods is undecided.'],
  ])('say where the run is: %j', (taken, sentence) => {
    expect(formatDecisions(decisionsOf(taken, [decided, pairOf('occlusion', {})]))).toContain(`digits (cnn): ${sentence}\n`);
  });

  it('are nothing before the first look, and of other runs', () => {
    expect(formatDecisions(decisionsOf({}, []))).toBe('digits (cnn): 63 of 1000 samples so far; nothing is decided yet.\n');
    expect(formatDecisions(undefined)).toBe('');
  });
});
