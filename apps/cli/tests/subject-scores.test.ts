import type { ScoreRequestFilter, ScoreRow, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { readSubjectScores, settingToCompare } from '../src/report/subject-scores.js';

const identity = { dataset: 'd', model: 'm', metric: 'drop-increase', setting: { keepFraction: 0.3 } };

function tableRow(label: string, keepFraction: number, drop: number): TableRow {
  return {
    ...identity,
    ...{ runId: 'r', runName: 'r', evaluation: 0, method: label, label, engine: 'onnxruntime', explainedClass: 'predicted' },
    ...{ scoredClass: 'predicted', setting: { keepFraction }, samples: 4, planned: 4, degenerate: 0 },
    measures: { drop: { value: drop } },
  };
}

function scoreRow(evaluation: number, sampleIndex: number, trueClass: number, predictedClass: number): ScoreRow {
  return {
    ...identity,
    ...{ evaluation, method: 'sise', label: 'sise', sampleIndex, trueClass, predictedClass, degenerate: false },
    measures: { drop: 0.5 },
  };
}

describe('the setting at which methods are compared', () => {
  it('is where drop rates lie furthest apart, of equals the first', () => {
    const rows = [0.1, 0.2, 0.3].flatMap((keep) => [tableRow('a', keep, 0.25), tableRow('b', keep, keep === 0.1 ? 0.25 : 0.75)]);
    expect(settingToCompare(rows)).toEqual({ keepFraction: 0.2 });
  });
  it('is one that all methods have', () => {
    const rows = [tableRow('a', 0.1, 0), tableRow('a', 0.2, 0.5), tableRow('b', 0.2, 0.5)];
    expect(settingToCompare(rows)).toEqual({ keepFraction: 0.2 });
  });
  it('does not depend on rates that are divided by something else', () => {
    const divided = { ...tableRow('a', 0.1, 0.01), divisor: 1000 };
    const rows = [divided, tableRow('a', 0.1, 0.5), tableRow('b', 0.1, 0.5), tableRow('a', 0.2, 0.5), tableRow('b', 0.2, 0.6)];
    expect(settingToCompare(rows)).toEqual({ keepFraction: 0.2 });
  });
  it('is none without scores', () => {
    expect(settingToCompare([])).toBeUndefined();
  });
});

describe('scores of one model on one data set', () => {
  const evaluation = {
    ...{ ordinal: 1, label: 'sise', dataset: 'd', datasetFingerprint: 'f', model: 'm', modelFingerprint: 'f', method: 'sise' },
    ...{ methodVersion: 1, params: {}, engine: 'onnxruntime' as const, explainedClass: 'predicted' as const, seed: 0 },
    ...{ samples: 12_000, settings: 1, mapSetKey: 'k' },
  };
  // The same label on another data set stands first, as evaluation 0.
  const all = [0, 1].flatMap((ordinal) => Array.from({ length: 12_000 }, (_, index) => scoreRow(ordinal, index, index % 3, 0)));
  const source = {
    scores: (_run: string, { evaluation: [chosen] = [], limit, offset }: ScoreRequestFilter) =>
      Promise.resolve(all.filter((row) => row.evaluation === chosen).slice(offset, offset + limit)),
  };

  it('are read over pages, without those of another data set or setting', async () => {
    const { samples, evaluations } = await readSubjectScores(source, 'r', [evaluation], identity.setting);
    expect(samples).toHaveLength(12_000);
    expect(samples[11_999]).toEqual({ sampleIndex: 11_999, trueClass: 2, predictedClass: 0, drops: [0.5], degenerate: false });
    expect(evaluations).toHaveLength(1);
    const other = {
      scores: () => Promise.resolve([{ ...scoreRow(1, 0, 0, 0), setting: { ...identity.setting, baseline: 'mean' } }]),
    };
    expect((await readSubjectScores(other, 'r', [evaluation], identity.setting)).samples).toEqual([]);
  });

  it('are those that every method has', async () => {
    const second = { ...evaluation, ordinal: 2, label: 'random' };
    const rows = [scoreRow(1, 0, 0, 0), scoreRow(1, 7, 1, 0), { ...scoreRow(2, 7, 1, 0), degenerate: true }];
    const two = {
      scores: (_run: string, { evaluation: [chosen] = [] }: ScoreRequestFilter) =>
        Promise.resolve(rows.filter((row) => row.evaluation === chosen)),
    };
    const { samples } = await readSubjectScores(two, 'r', [evaluation, second], identity.setting);
    expect(samples).toEqual([{ sampleIndex: 7, trueClass: 1, predictedClass: 0, drops: [0.5, 0.5], degenerate: true }]);
  });
});
