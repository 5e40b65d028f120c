import { describe, expect, it } from 'vitest';
import { formatModelMetrics, metricsFormats } from '../src/format-metrics.js';
import { readModelQuality, type ModelQuality, type PredictionSource } from '../src/model-quality.js';
import { confusedTable, modelFacts, perClassTable } from '../src/model-tables.js';
import { storedPredictions, subjectOf, type StoredRow } from './stored-predictions.js';

async function qualityOf(source: PredictionSource, samples: number): Promise<ModelQuality> {
  const quality = await readModelQuality(source, subjectOf(samples));
  if ('reason' in quality) throw new Error(quality.reason);
  return quality;
}

/** A third is right, all of it class 0; class 3 has no sample. */
const rows = Array.from({ length: 2_400 }, (_, index): StoredRow => ({
  sampleIndex: index,
  label: index % 3,
  outputs: [0.7, 0.1, 0.1, 0.1],
}));
const classNames = ['0', 'tumour', 'fat, | & <tissue>'];

describe('how good a model is', () => {
  it('comes from stored predictions, a page at a time', async () => {
    const source = storedPredictions(rows, { classNames });
    const { report, classNames: names } = await qualityOf(source, 2_400);
    expect(source.asked).toEqual([1_000, 1_000, 400]);
    expect(report.accuracy).toBe(1 / 3);
    // Precision 1/3, recall 1, F1 1/2; the mean over four classes 1/8.
    expect(report.averages.macro.f1).toBe(0.125);
    expect(names).toEqual(['class 0', 'tumour', 'fat, | & <tissue>', 'class 3 of the model']);
  });

  it('is of what is stored of a run under way', async () => {
    const source = storedPredictions(
      rows.filter(({ sampleIndex }) => sampleIndex % 2 === 0),
      { classNames },
    );
    const quality = await qualityOf(source, 5_000);
    expect(quality.samples).toBe(1_200);
    expect(modelFacts(quality)).toContainEqual({ name: 'Samples', value: '1200 of 5000' });
  });

  it('takes no more than were counted', async () => {
    const { samples } = await qualityOf(storedPredictions(rows, { storedPredictions: 1_001 }), 2_400);
    expect(samples).toBe(1_001);
  });

  it.each([
    ['nothing is stored', storedPredictions([]), 'No predictions are stored: run r is done.'],
    [
      'outputs are not finite',
      storedPredictions([{ sampleIndex: 0, label: 0, outputs: [NaN, 1] }]),
      "The model's outputs on sample 0 are not all finite. Check the sample and the model.",
    ],
    [
      'labels are no class of the model',
      storedPredictions([{ sampleIndex: 0, label: 9, outputs: [0, 1] }]),
      'Sample 0 has label 9, but the model has outputs for classes 0 to 1. Check that data set and model belong together.',
    ],
    [
      'they would not fit in memory',
      storedPredictions([{ sampleIndex: 0, label: 0, outputs: [0, 1] }], { storedPredictions: 2 ** 28 }),
      '268435456 samples with 2 outputs each are more than metrics of a model hold in memory.',
    ],
  ])('is not known when %s, and the reason is said', async (_, source, reason) => {
    expect(await readModelQuality(source, subjectOf(1))).toEqual({ reason });
  });
});

it.each([
  ['running', 'No predictions are stored yet: run r is running.'],
  ['done-with-failures', 'No predictions are stored: run r is done with failures.'],
  ['failed', 'No predictions are stored: run r has failed.'],
] as const)('a run that is %s is not waited for when nothing more will come', async (state, reason) => {
  expect(await readModelQuality(storedPredictions([]), subjectOf(1, state))).toEqual({ reason });
});

it('calls a class that the data set does not name unlike every class that it names', async () => {
  // Folders 0 to 3 without 1: the model’s class 3 is not the folder 3.
  const one: StoredRow = { sampleIndex: 0, label: 2, outputs: [0.1, 0.1, 0.2, 0.6] };
  const { classNames: names } = await qualityOf(storedPredictions([one], { classNames: ['0', '2', '3'] }), 1);
  expect(names).toEqual(['class 0', 'class 2', 'class 3', 'class 3 of the model']);
  const { classNames: numbers } = await qualityOf(storedPredictions([one]), 1);
  expect(numbers).toEqual(['class 0', 'class 1', 'class 2', 'class 3']);
});

describe('tables of a model', () => {
  it('name the most confused classes, and what they are confused with in class order', async () => {
    const table = confusedTable(await qualityOf(storedPredictions(rows, { classNames }), 2_400));
    // All scores of a class are equal: AUC 1/2, average precision the share of the class.
    expect(table.rows).toEqual([
      ['tumour', '800', '0.0000', '0.5000', '0.3333', '0.0000', 'class 0 (800)'],
      ['fat, | & <tissue>', '800', '0.0000', '0.5000', '0.3333', '0.0000', 'class 0 (800)'],
      ['class 0', '800', '1.0000', '0.5000', '0.3333', '0.5000', ''],
    ]);
  });

  it('tell classes that are never predicted, and those without samples', async () => {
    const quality = await qualityOf(storedPredictions(rows, { classNames }), 2_400);
    const table = perClassTable(quality);
    expect(table.rows.map(([name, precision, recall]) => [name, precision, recall])).toEqual([
      ['class 0', '0.3333', '1.0000'],
      ['tumour', 'never predicted', '0.0000'],
      ['fat, | & <tissue>', 'never predicted', '0.0000'],
      ['class 3 of the model', 'never predicted', '–'],
      ['macro average', '0.0833', '0.2500'],
      ['weighted average', '0.1111', '0.3333'],
      ['micro average', '0.3333', '0.3333'],
    ]);
    const shorter = perClassTable(quality, 2);
    expect(shorter.caption).toContain('the 2 of 4 with the lowest F1');
    expect(shorter.rows.map(([name]) => name).slice(0, 2)).toEqual(['tumour', 'fat, | & <tissue>']);
  });

  it.each(metricsFormats)('come as %s', async (format) => {
    const text = formatModelMetrics([await qualityOf(storedPredictions(rows, { classNames }), 2_400)], format);
    expect(text.endsWith('\n')).toBe(true);
    if (format === 'json') {
      expect(JSON.parse(text)).toMatchObject([
        {
          ...{ dataset: 'd', model: 'm', engine: 'onnxruntime', samples: 2_400, planned: 2_400, classes: 4, accuracy: 1 / 3 },
          mostConfused: [{ class: 1, name: 'tumour', confusedWith: [{ class: 0, name: 'class 0', samples: 800 }] }, {}, {}],
          perClass: [{ class: 0, name: 'class 0', support: 800 }, {}, {}, { support: 0 }],
          confusion: [
            [800, 0, 0, 0],
            [800, 0, 0, 0],
            [800, 0, 0, 0],
            [0, 0, 0, 0],
          ],
        },
      ]);
    }
    if (format === 'csv') {
      const lines = text.trimEnd().split('\n');
      expect(lines[0]).toBe('dataset,model,class,name,support,predicted,accuracy,precision,recall,f1,rocAuc,averagePrecision');
      expect(lines).toHaveLength(1 + 4 + 3);
      expect(lines[3]).toMatch(/^d,m,2,"fat, \| & <tissue>",800,0,0,0,0,0,0.5,0.333/);
      expect(lines[7]).toMatch(/^d,m,micro,micro average,2400,2400,0.333/);
    }
    if (format === 'markdown') expect(text).toContain('| fat, \\| & <tissue> | 800 |');
    if (format === 'latex') expect(text).toContain('fat, | \\& \\textless{}tissue\\textgreater{} & 800 &');
    if (format === 'table') expect(text).toContain('m on d: Table 1: the most confused classes');
  });
});
