import { readFileSync } from 'node:fs';
import { tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { classificationReport, createClassification } from '../src/index.js';

const numbers = z.array(z.number().nullable());
const triple = z.tuple([numbers, numbers, numbers]);
const caseSchema = z.object({
  ...{ labels: z.array(z.array(z.int())), outputs: z.array(z.array(z.number())) },
  ...{ subsetAccuracy: z.number(), hammingLoss: z.number(), perClass: triple },
  ...{ macro: triple, micro: triple, weighted: triple, samples: triple },
  ...{ rocAuc: numbers, rocAucMacro: z.number(), rocAucMicro: z.number() },
  ...{ averagePrecision: numbers, averagePrecisionMacro: z.number(), averagePrecisionMicro: z.number() },
  roc: z.tuple([numbers, numbers]),
});

/** Made by goldens/make_multi_label.py with scikit-learn 1.9.1. */
const goldens = z
  .record(z.string(), caseSchema)
  .parse(JSON.parse(readFileSync(new URL('goldens/multi-label.json', import.meta.url), 'utf8')));

/** Both sides are a few float64 operations on the same counts. */
function expectClose(actual: Iterable<number | undefined>, golden: readonly (number | null)[]): void {
  expect(Array.from(actual, (value) => value ?? NaN)).toEqual(
    golden.map((value) => (value === null ? NaN : (expect.closeTo(value, 12) as number))),
  );
}

describe.each(Object.entries(goldens))('a model whose samples have sets of labels: %s', (_, golden) => {
  const classes = golden.outputs[0]?.length ?? 0;
  const outputs = tensorOf(Float32Array.from(golden.outputs.flat()), [golden.outputs.length, classes]);
  const labels = golden.labels.map((row) => Int32Array.from([...row.keys()].filter((label) => row[label] === 1)));
  const report = classificationReport({ outputs, labels });
  const triples = ({ precision, recall, f1 }: { precision: number; recall: number; f1: number }) => [precision, recall, f1];

  it('has the subset accuracy and the Hamming loss of scikit-learn', () => {
    expectClose([report.accuracy, report.multiLabel?.hammingLoss], [golden.subsetAccuracy, golden.hammingLoss]);
  });

  it('has its precision, recall and F1: by class, macro, micro, weighted and over samples', () => {
    const { perClass, averages, multiLabel } = report;
    for (const [at, of] of (['precision', 'recall', 'f1'] as const).entries())
      expectClose(
        perClass.map((scores) => scores[of]),
        golden.perClass[at] ?? [],
      );
    for (const average of ['macro', 'micro', 'weighted'] as const)
      expectClose(triples(averages[average]), golden[average].flat());
    expectClose(multiLabel === undefined ? [] : triples(multiLabel.samples), golden.samples.flat());
  });

  it('has its areas under curves, where they are defined', () => {
    const { perClass, averages } = report;
    expectClose(
      perClass.map(({ rocAuc }) => rocAuc),
      golden.rocAuc,
    );
    expectClose(
      perClass.map(({ averagePrecision }) => averagePrecision),
      golden.averagePrecision,
    );
    const { macro, micro } = averages;
    expectClose([macro.rocAuc, micro.rocAuc], [golden.rocAucMacro, golden.rocAucMicro]);
    expectClose([macro.averagePrecision, micro.averagePrecision], [golden.averagePrecisionMacro, golden.averagePrecisionMicro]);
  });

  it('has its ROC curve', () => {
    const classification = createClassification({ samples: labels.length, classes, labelSets: true });
    classification.add(outputs, labels);
    const { falsePositiveRate, truePositiveRate } = classification.rocCurve(0);
    expectClose(falsePositiveRate, golden.roc[0]);
    expectClose(truePositiveRate, golden.roc[1]);
  });

  it('has no confusion and no calibration: no class is taken for another', () => {
    expect(report).toMatchObject({ confusion: undefined, calibration: undefined, topK: [] });
  });
});

it('a set with a label that the model has no output for is refused', () => {
  const outputs = tensorOf(Float32Array.of(0.1, 0.9), [1, 2]);
  expect(() => classificationReport({ outputs, labels: [Int32Array.of(0, 2)] })).toThrow(/Sample 0 has label 2/);
});
