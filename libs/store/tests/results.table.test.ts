import { normalInterval, wilsonInterval } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { completeRun, range, sampleMeasures, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('table');

describe('results.table', () => {
  it('sums up every measure as a brute-force version does, in the order of runs, evaluations and settings', async () => {
    const { store } = database;
    const first = await store.runs.create(
      sampleRun([samplePlan({ samples: 10 }), samplePlan({ samples: 7, seed: 1, label: 'second' })]),
    );
    const second = await store.runs.create(sampleRun([samplePlan({ samples: 5, keepFractions: [0.3] })]));
    await completeRun(store, first.id);
    await completeRun(store, second.id);
    const table = await store.results.table([second.id, first.id]);
    expect(table.map((row) => [row.runId, row.label, row.setting.keepFraction, row.samples, row.planned])).toEqual([
      [second.id, 'sise', 0.3, 5, 5],
      [first.id, 'sise', 0.1, 10, 10],
      [first.id, 'sise', 0.3, 10, 10],
      [first.id, 'second', 0.1, 7, 7],
      [first.id, 'second', 0.3, 7, 7],
    ]);
    for (const row of table) {
      const s = row.setting.keepFraction === 0.1 ? 0 : 1;
      const values = range(0, row.samples).map((index) => sampleMeasures(s, index));
      const column = (m: number): number[] => values.map((measures) => measures[m] ?? NaN);
      const mean = column(0).reduce((sum, value) => sum + value, 0) / row.samples;
      const variance = column(0).reduce((sum, value) => sum + (value - mean) ** 2, 0) / (row.samples - 1);
      const ones = column(1).filter((value) => value === 1).length;
      // Postgres sums exactly, the line above in float64: a few units in the last place.
      expect(row.measures.drop?.value).toBeCloseTo(mean, 14);
      const interval = normalInterval({ mean, variance, count: row.samples });
      expect(row.measures.drop?.interval?.low).toBeCloseTo(interval?.low ?? NaN, 13);
      expect(row.measures.drop?.interval?.high).toBeCloseTo(interval?.high ?? NaN, 13);
      expect(row.measures.increase).toEqual({
        value: ones / row.samples,
        interval: wilsonInterval({ ones, count: row.samples }),
      });
      expect(row.measures.ties).toEqual({ value: column(2).filter((value) => value !== 0).length });
      const classes = column(3);
      const largest = Math.max(...classes.map((one) => classes.filter((other) => other === one).length));
      expect(row.measures.maskedClass).toEqual({ value: largest / row.samples });
      expect(row.degenerate).toBe(range(0, row.samples).filter((index) => index % 4 === 3).length);
    }
  });
});
