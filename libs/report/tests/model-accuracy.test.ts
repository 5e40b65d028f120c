import type { Accuracy, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { formatAccuracies } from '../src/index.js';
import { resultWarnings } from '../src/result-warnings.js';
import { metrics } from './described-metrics.js';

function row(accuracy: Accuracy | undefined, changes: Partial<TableRow> = {}): TableRow {
  return {
    ...{ runId: 'r1', runName: 'run', evaluation: 0, dataset: 'digits', model: 'cnn', method: 'sise', label: 'sise' },
    ...{ engine: 'onnxruntime', explainedClass: 'predicted', metric: 'drop-increase', scoredClass: 'predicted' },
    ...{ setting: { keepFraction: 0.3 }, samples: 200, planned: 200, degenerate: 0, accuracy },
    measures: { drop: { value: 0.3 } },
    ...changes,
  };
}
const good = { samples: 1000, right: 964, largestClass: 106 };
const text = (...rows: TableRow[]): string => formatAccuracies(rows, {});

describe('how good a model is', () => {
  it('is a line a model and data set, with Wilson’s interval and the chance level', () => {
    // The formula, worked out in Python's floats: 0.95056 to 0.97388.
    expect(text(row(good), row(good), row(good, { dataset: 'other' }))).toBe(
      ['digits', 'other']
        .map(
          (name) =>
            `cnn on ${name}: accuracy 0.964 [0.951, 0.974] on 1000 samples; chance level 0.106, for always predicting the most frequent class.\n`,
        )
        .join('\n'),
    );
  });

  it.each([
    ['of three classes a third', { samples: 300, right: 100, largestClass: 100 }],
    ['a little more, of few samples', { samples: 30, right: 14, largestClass: 10 }],
    ['less than chance, as with labels in another order', { samples: 300, right: 0, largestClass: 100 }],
    ['the share of a frequent class, which is far above 1/classes', { samples: 300, right: 270, largestClass: 270 }],
  ])('is warned of where it is not shown to be better than chance: %s', (_, accuracy) => {
    expect(text(row(accuracy))).toContain('Warning: cnn on digits is not shown to be better than chance');
    expect(resultWarnings([row(accuracy)], metrics).map(({ kind }) => kind)).toEqual(['chance']);
  });

  it('is not warned of where the whole interval lies above', () => {
    const half = { samples: 300, right: 150, largestClass: 100 };
    expect(text(row(half))).not.toContain('Warning');
    expect(resultWarnings([row(half)], metrics)).toEqual([]);
  });

  it('names the runs where they differ, and is nothing without labels', () => {
    expect(text(row(good), row({ ...good, right: 900 }, { runId: 'r2' }))).toMatch(/digits \(run r1\): [^]*digits \(run r2\): /);
    expect(text(row(undefined))).toBe('');
  });
});
