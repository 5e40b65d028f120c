import type { ScoreRequestFilter, ScoreRow, TableRow } from '@xaigrid/contracts';
import { metrics } from '@xaigrid/metrics';
import { chooseMethods, rankings } from '@xaigrid/report';
import { describe, expect, it } from 'vitest';
import { readSubjectScores } from '../src/subject-scores.js';
import { rowsOfSubject, subjectsOf, type ReportedEvaluation } from '../src/subjects.js';

const identity = { dataset: 'd', model: 'm', metric: 'drop-increase', setting: { keepFraction: 0.3 } };

function tableRow(label: string, drop: number, { runId = 'r', evaluation = 1, scoredClass = 'predicted' } = {}): TableRow {
  return {
    ...identity,
    ...{ evaluation, runId, runName: runId, method: label, label, engine: 'onnxruntime', explainedClass: 'predicted' },
    ...{ scoredClass, samples: 4, planned: 4, degenerate: 0, measures: { drop: { value: drop } } },
  };
}

function scoreRow(evaluation: number, sampleIndex: number, trueClass: number, predictedClass: number): ScoreRow {
  return {
    ...{ ...identity, scoredClass: 'predicted' },
    ...{ evaluation, method: 'sise', label: 'sise', sampleIndex, trueClass, predictedClass, degenerate: false },
    measures: { drop: 0.5 },
  };
}

function evaluationOf(ordinal: number, label: string): ReportedEvaluation {
  return {
    ...{
      ordinal,
      label,
      name: label,
      runId: 'r',
      runState: 'done' as const,
      dataset: 'd',
      datasetFingerprint: 'f',
      model: 'm',
      modelFingerprint: 'f',
      method: label,
    },
    ...{ methodVersion: 1, params: {}, engine: 'onnxruntime' as const, explainedClass: 'predicted' as const, seed: 0 },
    ...{ samples: 12_000, settings: 1, mapSetKey: 'k' },
  };
}

function shownOf(rows: readonly TableRow[], controls: ReadonlySet<string> = new Set()) {
  const [ranking] = rankings(rows, { metrics, controls });
  if (ranking === undefined) throw new Error('There is a ranking.');
  return { ranking, chosen: chooseMethods(ranking, { most: 30 }) };
}

function subjectOf(...evaluations: ReportedEvaluation[]) {
  return { dataset: 'd', model: 'm', title: 'm on d', evaluations };
}

describe('scores of one model on one data set', () => {
  // The same label on another data set stands first, as evaluation 0.
  const all = [0, 1].flatMap((ordinal) => Array.from({ length: 12_000 }, (_, index) => scoreRow(ordinal, index, index % 3, 0)));
  const source = {
    scores: (_run: string, { evaluation = [], limit = 100, offset = 0 }: Partial<ScoreRequestFilter>) =>
      Promise.resolve(all.filter((row) => evaluation.includes(row.evaluation)).slice(offset, offset + limit)),
  };
  const sise = shownOf([tableRow('sise', 0.5)]);

  it('are read over pages, without those of another data set or setting', async () => {
    const { samples, evaluations } = await readSubjectScores(source, subjectOf(evaluationOf(1, 'sise')), sise);
    expect(samples).toHaveLength(12_000);
    expect(samples[11_999]).toEqual({ sampleIndex: 11_999, trueClass: 2, predictedClass: 0, values: [0.5], degenerate: false });
    expect(evaluations).toHaveLength(1);
    const other = {
      scores: () => Promise.resolve([{ ...scoreRow(1, 0, 0, 0), setting: { ...identity.setting, baseline: 'mean' } }]),
    };
    expect((await readSubjectScores(other, subjectOf(evaluationOf(1, 'sise')), sise)).samples).toEqual([]);
  });

  it.each([
    [new Set(['constant']), false],
    [new Set<string>(), true],
  ])('count a map that is the same everywhere unless it is a control: %j', async (controls, expected) => {
    const rows = [scoreRow(1, 0, 0, 0), { ...scoreRow(2, 0, 0, 0), degenerate: true }];
    const two = {
      scores: (_run: string, { evaluation = [] }: Partial<ScoreRequestFilter>) =>
        Promise.resolve(rows.filter((row) => evaluation.includes(row.evaluation))),
    };
    const shown = shownOf([tableRow('sise', 0.5), tableRow('constant', 0.7, { evaluation: 2 })], controls);
    const subject = subjectOf(evaluationOf(1, 'sise'), evaluationOf(2, 'constant'));
    expect((await readSubjectScores(two, subject, shown)).samples.map(({ degenerate }) => degenerate)).toEqual([expected]);
  });

  it('say which samples a method did not score', async () => {
    const rows = [scoreRow(1, 0, 0, 0), scoreRow(1, 7, 1, 0), { ...scoreRow(2, 7, 1, 0), degenerate: true }];
    const two = {
      scores: (_run: string, { evaluation = [] }: Partial<ScoreRequestFilter>) =>
        Promise.resolve(rows.filter((row) => evaluation.includes(row.evaluation))),
    };
    const subject = subjectOf(evaluationOf(1, 'sise'), evaluationOf(2, 'random'));
    const { samples } = await readSubjectScores(
      two,
      subject,
      shownOf([tableRow('sise', 0.25), tableRow('random', 0.5, { evaluation: 2 })]),
    );
    expect(samples).toEqual([
      { sampleIndex: 0, trueClass: 0, predictedClass: 0, values: [0.5, NaN], degenerate: false },
      { sampleIndex: 7, trueClass: 1, predictedClass: 0, values: [0.5, 0.5], degenerate: true },
    ]);
  });

  it('are of all methods, thirteen as well', async () => {
    const labels = Array.from({ length: 13 }, (_, at) => `m${at}`);
    const subject = subjectOf(...labels.map((label, ordinal) => evaluationOf(ordinal, label)));
    const of = {
      scores: (_run: string, { evaluation = [] }: Partial<ScoreRequestFilter>) =>
        Promise.resolve(evaluation.map((ordinal) => scoreRow(ordinal, 3, 0, 0))),
    };
    const { samples, evaluations } = await readSubjectScores(
      of,
      subject,
      shownOf(labels.map((label, evaluation) => tableRow(label, evaluation / 20, { evaluation }))),
    );
    expect(evaluations.map(({ label }) => label)).toEqual(labels);
    expect(samples[0]?.values).toHaveLength(13);
  });
});

describe('scores of several scored classes', () => {
  it('are those of the ranking’s own', async () => {
    const both = ['predicted', '0'].map((scoredClass) => ({
      ...{ ...scoreRow(1, 0, 0, 0), scoredClass, measures: { drop: scoredClass === '0' ? 0.125 : 0.75 } },
    }));
    const source = {
      scores: (_run: string, { scoredClass = [], metric = [] }: Partial<ScoreRequestFilter>) =>
        Promise.resolve(both.filter((row) => metric.includes(row.metric) && scoredClass.includes(row.scoredClass))),
    };
    const rows = ['predicted', '0'].map((scoredClass) => tableRow('sise', 0.5, { scoredClass }));
    const values = [];
    for (const ranking of rankings(rows, { metrics, controls: new Set() })) {
      const shown = { ranking, chosen: chooseMethods(ranking, { most: 30 }) };
      const { samples } = await readSubjectScores(source, subjectOf(evaluationOf(1, 'sise')), shown);
      values.push([ranking.scoredClass, samples.map(({ values: one }) => one)]);
    }
    expect(values).toEqual([
      ['predicted', [[0.75]]],
      ['0', [[0.125]]],
    ]);
  });
});

describe('evaluations of several runs', () => {
  const run = (id: string, name: string, ...labels: string[]) => ({
    ...{ id, name, state: 'done' as const, evaluations: labels.map((label, ordinal) => evaluationOf(ordinal, label)) },
  });
  it('stand side by side, those with one label called by their run', () => {
    const [subject, ...others] = subjectsOf([run('a', 'first', 'sise', 'random'), run('b', 'second', 'sise')]);
    expect(others).toEqual([]);
    expect(subject?.evaluations.map(({ name, runId }) => [name, runId])).toEqual([
      ['sise (first)', 'a'],
      ['random', 'a'],
      ['sise (second)', 'b'],
    ]);
    const rows = ['a', 'b'].map((runId) => tableRow('sise', 0.1, { runId, evaluation: 0 }));
    expect(subject === undefined ? [] : rowsOfSubject(rows, subject).map(({ label }) => label)).toEqual([
      'sise (first)',
      'sise (second)',
    ]);
  });
  it('are called by ids where runs have one name', () => {
    const [subject] = subjectsOf([run('aaaaaaaaaa', 'same', 'sise'), run('bbbbbbbbbb', 'same', 'sise')]);
    expect(subject?.evaluations.map(({ name }) => name)).toEqual(['sise (run aaaaaaaa)', 'sise (run bbbbbbbb)']);
  });
  it('do not mix where a model of the same name is another file', () => {
    const other = run('b', 'second', 'sise');
    const subjects = subjectsOf([
      run('a', 'first', 'sise'),
      { ...other, evaluations: other.evaluations.map((one) => ({ ...one, modelFingerprint: 'g' })) },
    ]);
    expect(subjects.map(({ title }) => title)).toEqual(['m on d (run a)', 'm on d (run b)']);
  });
});
