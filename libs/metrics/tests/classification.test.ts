import { readFileSync } from 'node:fs';
import { tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  classificationReport,
  confusedClasses,
  createClassification,
  macroRocCurve,
  normalisedConfusion,
  type CurveSubject,
} from '../src/index.js';

const numbers = z.array(z.number().nullable());
const curve = z.tuple([numbers, numbers, numbers]);
const binsSchema = z.object({ accuracy: numbers, confidence: numbers, samples: numbers, expectedError: z.number() });
const caseSchema = z.object({
  outputs: z.array(z.number()),
  labels: z.array(z.int()),
  classes: z.int(),
  accuracy: z.number(),
  topK: z.record(z.string(), z.number()),
  ...{ precision: numbers, recall: numbers, f1: numbers, support: numbers, rocAuc: numbers, averagePrecision: numbers },
  averages: z.object({ macro: numbers, weighted: numbers, micro: numbers }),
  ...{ rocAucMacro: z.number().nullable(), rocAucMicro: z.number() },
  ...{ averagePrecisionMacro: z.number(), averagePrecisionMicro: z.number() },
  confusion: z.object({ counts: numbers, true: numbers, predicted: numbers, all: numbers }),
  calibration: z.record(z.string(), binsSchema).optional(),
  curves: z.record(z.string(), z.object({ pr: curve, prDropped: curve, roc: curve, rocDropped: curve })),
  macroCurve: z.tuple([numbers, numbers]).optional(),
});
type Golden = z.infer<typeof caseSchema>;

/** Made by goldens/make_classification.py with scikit-learn 1.2.1. */
const goldens = z
  .record(z.string(), caseSchema)
  .parse(JSON.parse(readFileSync(new URL('goldens/classification.json', import.meta.url), 'utf8')));

/** Both sides are a few float64 operations on the same counts. */
function expectClose(actual: Iterable<number | undefined>, golden: readonly (number | null)[]): void {
  const values = [...actual];
  expect(values).toHaveLength(golden.length);
  for (const [at, value] of values.entries()) {
    const wanted = golden[at] ?? NaN;
    if (Number.isNaN(wanted)) expect(value ?? NaN).toBeNaN();
    else expect(Math.abs((value ?? NaN) - wanted), `${at}: ${value} for ${wanted}`).toBeLessThanOrEqual(1e-12);
  }
}

function predictionsOf({ outputs, labels, classes }: Golden) {
  return { outputs: tensorOf(Float32Array.from(outputs), [labels.length, classes]), labels: Int32Array.from(labels) };
}

function filled(golden: Golden): ReturnType<typeof createClassification> {
  const { outputs, labels } = predictionsOf(golden);
  const classification = createClassification({ samples: golden.labels.length, classes: golden.classes });
  classification.add(outputs, Int32Array.from(labels));
  return classification;
}

describe.each(Object.entries(goldens))('classification metrics equal scikit-learn: %s', (_name, golden) => {
  const report = classificationReport(predictionsOf(golden), { topK: [1, 2, 3] });

  it('accuracy and top-k accuracy', () => {
    expectClose([report.accuracy], [golden.accuracy]);
    const wanted = Object.entries(golden.topK);
    if (golden.classes > 2) {
      expectClose(
        report.topK.map(({ accuracy }) => accuracy),
        wanted.map(([, accuracy]) => accuracy),
      );
    }
  });

  it('precision, recall, F1 and support', () => {
    for (const key of ['precision', 'recall', 'f1', 'support'] as const) {
      expectClose(
        report.perClass.map((scores) => scores[key]),
        golden[key],
      );
    }
    for (const average of ['macro', 'weighted', 'micro'] as const) {
      const { precision, recall, f1 } = report.averages[average];
      expectClose([precision, recall, f1], golden.averages[average]);
    }
  });

  it('areas under the curves', () => {
    const { macro, micro } = report.averages;
    expectClose(
      report.perClass.map(({ rocAuc }) => rocAuc),
      golden.rocAuc,
    );
    expectClose(
      report.perClass.map(({ averagePrecision }) => averagePrecision),
      golden.averagePrecision,
    );
    expectClose([macro.rocAuc, micro.rocAuc], [golden.rocAucMacro, golden.rocAucMicro]);
    expectClose([macro.averagePrecision, micro.averagePrecision], [golden.averagePrecisionMacro, golden.averagePrecisionMicro]);
  });

  it('confusion matrix, raw and normalised', () => {
    const { confusion = { classes: 0, counts: new Float64Array() } } = report;
    expectClose(confusion.counts, golden.confusion.counts);
    for (const by of ['true', 'predicted', 'all'] as const) {
      expectClose(normalisedConfusion(confusion, by), golden.confusion[by]);
    }
  });

  it('calibration', () => {
    if (golden.calibration === undefined) return;
    for (const [bins, wanted] of Object.entries(golden.calibration)) {
      const { calibration } = classificationReport(predictionsOf(golden), { calibrationBins: Number(bins) });
      const used = calibration?.bins.filter(({ samples }) => samples > 0) ?? [];
      expectClose(
        used.map(({ accuracy }) => accuracy),
        wanted.accuracy,
      );
      expectClose(
        used.map(({ confidence }) => confidence),
        wanted.confidence,
      );
      expectClose(
        used.map(({ samples }) => samples),
        wanted.samples,
      );
      expectClose([calibration?.expectedError], [wanted.expectedError]);
    }
  });

  it('curves with and without superfluous points', () => {
    const classification = filled(golden);
    for (const [name, wanted] of Object.entries(golden.curves)) {
      const subject: CurveSubject = name === 'micro' ? 'micro' : Number(name);
      for (const [dropIntermediate, roc, pr] of [
        [false, wanted.roc, wanted.pr],
        [true, wanted.rocDropped, wanted.prDropped],
      ] as const) {
        const { falsePositiveRate, truePositiveRate, thresholds } = classification.rocCurve(subject, { dropIntermediate });
        expectClose(falsePositiveRate, roc[0]);
        expectClose(truePositiveRate, roc[1]);
        // scikit-learn 1.2 begins with the largest output + 1, 1.3 and we with infinity.
        expect(thresholds[0]).toBe(Infinity);
        expectClose(thresholds.slice(1), roc[2].slice(1));
        const { precision, recall, thresholds: descending } = classification.precisionRecallCurve(subject, { dropIntermediate });
        expectClose(precision, pr[0]);
        expectClose(recall, pr[1]);
        expectClose(descending, pr[2]);
      }
    }
  });

  it('outlines enclose the areas', () => {
    const classification = filled(golden);
    for (const name of Object.keys(golden.curves)) {
      const subject: CurveSubject = name === 'micro' ? 'micro' : Number(name);
      const { rocAuc, averagePrecision } =
        subject === 'micro' ? report.averages.micro : (report.perClass[subject] ?? report.averages.micro);
      const { falsePositiveRate: x, truePositiveRate: y } = classification.rocOutline(subject, { resolution: 1e9 });
      const trapezoids = x.slice(1).map((end, at) => ((end - (x[at] ?? NaN)) * ((y[at] ?? NaN) + (y[at + 1] ?? NaN))) / 2);
      expectClose([trapezoids.reduce((sum, area) => sum + area, 0)], [rocAuc ?? NaN]);
      const { recall, precision } = classification.precisionRecallOutline(subject, { resolution: 1e9 });
      const steps = recall.slice(1).map((end, at) => (end - (recall[at] ?? NaN)) * (precision[at + 1] ?? NaN));
      expectClose([steps.reduce((sum, area) => sum + area, 0)], [averagePrecision]);
    }
  });

  it('macro-averaged ROC curve', () => {
    if (golden.macroCurve === undefined) return;
    const classification = filled(golden);
    const mean = macroRocCurve(Array.from({ length: golden.classes }, (_, c) => classification.rocCurve(c)));
    expectClose(mean.falsePositiveRate.slice(1), golden.macroCurve[0]);
    expectClose(mean.truePositiveRate.slice(1), golden.macroCurve[1]);
  });
});

describe('createClassification', () => {
  const golden = goldens.plain;
  if (golden === undefined) throw new Error('no golden');
  const { outputs, labels } = predictionsOf(golden);

  it('does not depend on how the samples are paged', () => {
    const paged = createClassification({ samples: labels.length, classes: golden.classes });
    for (let start = 0; start < labels.length; start += 7) {
      const end = Math.min(labels.length, start + 7);
      const page = outputs.data.slice(start * golden.classes, end * golden.classes);
      paged.add(tensorOf(page, [end - start, golden.classes]), Int32Array.from(labels).slice(start, end));
    }
    expect(paged.report()).toEqual(classificationReport({ outputs, labels }));
  });

  it('has no calibration for outputs that are no probabilities', () => {
    const logits = tensorOf(
      outputs.data.map((value) => value * 3 - 1),
      outputs.shape,
    );
    expect(classificationReport({ outputs: logits, labels }).calibration).toBeUndefined();
  });

  it.each([
    ['a label that is no class', { labels: [0, 5] }, 'Sample 1 has label 5, but the model has outputs for classes 0 to 1.'],
    ['an output that is not finite', { outputs: [0, 1, NaN, 1] }, "The model's outputs on sample 1 are not all finite."],
    ['outputs of another width', { shape: [1, 4] }, 'Predictions of shape [1, 4] with 2 labels do not fit'],
  ])('refuses %s', (_name, change, message) => {
    const given = { outputs: [0.3, 0.7, 0.6, 0.4], labels: [1, 0], shape: [2, 2], ...change };
    const classification = createClassification({ samples: 2, classes: 2 });
    expect(() => {
      classification.add(tensorOf(Float32Array.from(given.outputs), given.shape), Int32Array.from(given.labels));
    }).toThrow(message);
  });

  it('refuses to report before all predictions are there', () => {
    const classification = createClassification({ samples: 3, classes: 2 });
    expect(() => classification.report()).toThrow('0 of 3 predictions are there.');
  });
});

describe('confusedClasses', () => {
  it('lists the lowest F1 first, and the most frequent mistakes in class order', () => {
    // Class 2: 1 right, taken 3 times for 3, twice for 1, once each for 0; class 3 right but for one taken for 2.
    const labels = [2, 2, 2, 2, 2, 2, 2, 3, 3, 0, 1];
    const predicted = [2, 3, 3, 3, 1, 1, 0, 3, 2, 0, 1];
    const outputs = Float32Array.from(predicted.flatMap((p) => [0, 1, 2, 3].map((c) => (c === p ? 0.7 : 0.1))));
    const report = classificationReport({ outputs: tensorOf(outputs, [labels.length, 4]), labels: Int32Array.from(labels) });
    const [worst, second, ...rest] = confusedClasses(report, { classes: 2, confusedWith: 2 });
    expect(rest).toHaveLength(0);
    expect(worst).toMatchObject({ class: 2, support: 7 });
    expect(worst?.confusedWith).toEqual([
      { class: 1, samples: 2 },
      { class: 3, samples: 3 },
    ]);
    expect(second?.class).toBe(3);
  });
});
