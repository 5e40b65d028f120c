import type { Comparison, TableRow } from '@xaigrid/contracts';
import { describeMeasure } from '@xaigrid/metrics';
import { describe, expect, it } from 'vitest';
import { comparisonWithinRange, rowWithinRange } from '../src/intervals-within-range.js';

const row: TableRow = {
  ...{ runId: 'r', runName: 'r', evaluation: 0, dataset: 'd', model: 'm', method: 'sise', label: 'sise', engine: 'onnxruntime' },
  ...{ explainedClass: 'predicted', scoredClass: 'predicted', samples: 10, planned: 10, degenerate: 0 },
  ...{ metric: 'max-sensitivity', setting: { radius: 0.02 } },
  measures: { maxSensitivity: { value: 0.1, interval: { low: -0.05, high: 0.25 } }, zeroMaps: { value: 0 } },
};

describe('intervals of a table', () => {
  it('do not leave the range of their measure', () => {
    expect(rowWithinRange(row, describeMeasure).measures).toEqual({
      maxSensitivity: { value: 0.1, interval: { low: 0, high: 0.25 } },
      zeroMaps: { value: 0 },
    });
  });

  it('stay where a setting reads logits, and where a sum is divided by less than the number of samples', () => {
    const measures = { deletion: { value: 0.9, interval: { low: 0.7, high: 1.1 } } };
    const deletion = { ...row, metric: 'deletion-insertion', measures };
    expect(rowWithinRange({ ...deletion, setting: { target: 'logit' } }, describeMeasure).measures).toEqual(measures);
    expect(rowWithinRange({ ...deletion, divisor: 8 }, describeMeasure).measures).toEqual(measures);
    expect(rowWithinRange({ ...deletion, divisor: 20 }, describeMeasure).measures.deletion?.interval?.high).toBe(1);
  });

  it('of a difference do not leave what differences there can be', () => {
    const comparison: Comparison = {
      ...{ dataset: 'd', model: 'm', engine: 'onnxruntime', metric: 'drop-increase', scoredClass: 'predicted', setting: {} },
      ...{ measure: 'drop', first: 'a', second: 'b', samples: 3, difference: -0.9, interval: { low: -1.2, high: -0.6 } },
      ...{ higher: 0, lower: 3 },
    };
    expect(comparisonWithinRange(comparison, describeMeasure).interval).toEqual({ low: -1, high: -0.6 });
  });
});
