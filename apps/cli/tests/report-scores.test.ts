import type { ScoreRow, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { modelPart } from '../src/commands/report-models.js';
import { readSubjectScores, settingToCompare } from '../src/commands/report-scores.js';

const identity = { dataset: 'd', model: 'm', metric: 'drop-increase', setting: { keepFraction: 0.3 } };

function tableRow(label: string, keepFraction: number, drop: number): TableRow {
  return {
    ...identity,
    ...{ runId: 'r', runName: 'r', method: label, label, engine: 'onnxruntime', explainedClass: 'predicted' },
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
    scores: (_run: string, { limit = 100, offset = 0 }) => Promise.resolve(all.slice(offset, offset + limit)),
  };

  it('are read over pages, without those of another data set', async () => {
    const { samples, evaluations } = await readSubjectScores(source, 'r', [evaluation], identity.setting);
    expect(samples.size).toBe(12_000);
    expect(samples.get(11_999)?.map((row) => row?.evaluation)).toEqual([1]);
    expect(evaluations).toHaveLength(1);
  });

  it('tell how good the model is', async () => {
    // A third is right, all of it class 0: precision 1/3, recall 1, F1 1/2; the mean over three classes 1/6.
    const scores = await readSubjectScores(source, 'r', [evaluation], identity.setting);
    const { facts, tables } = await modelPart('m on d', scores);
    expect(facts.find(({ name }) => name === 'Accuracy')?.value).toBe('0.3333');
    expect(facts.find(({ name }) => name === 'F1, mean of classes')?.value).toBe('0.1667');
    expect(tables[0]?.rows).toEqual([
      ['class 1', '4000', '0.0000', 'never predicted', '0.0000', '0 (4000)'],
      ['class 2', '4000', '0.0000', 'never predicted', '0.0000', '0 (4000)'],
      ['class 0', '4000', '1.0000', '0.3333', '0.5000', ''],
    ]);
  });
});
