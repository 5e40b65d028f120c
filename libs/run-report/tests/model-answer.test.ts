import { describe, expect, it } from 'vitest';
import { modelAnswer } from '../src/model-answer.js';
import { readModelQuality } from '../src/model-quality.js';
import { storedPredictions, subjectOf, type StoredRow } from './stored-predictions.js';

async function answerOf(rows: readonly StoredRow[]): Promise<ReturnType<typeof modelAnswer>> {
  const quality = await readModelQuality(storedPredictions(rows), subjectOf(rows.length));
  if ('reason' in quality) throw new Error(quality.reason);
  return modelAnswer(quality);
}

/** The area under the line through the points. */
function area({ x, y }: { readonly x: readonly number[]; readonly y: readonly number[] }): number {
  return x.slice(1).reduce((sum, value, at) => sum + ((value - (x[at] ?? 0)) * ((y[at] ?? 0) + (y[at + 1] ?? 0))) / 2, 0);
}

describe('the quality of a model as the API sends it', () => {
  it('has the cells, areas and bins of a case that is worked out by hand', async () => {
    const rows = [
      [0, 0.9],
      [0, 0.6],
      [1, 0.7],
      [1, 0.2],
    ].map(([label = 0, first = 0], sampleIndex) => ({ sampleIndex, label, outputs: [first, 1 - first] }));
    const answer = await answerOf(rows);
    expect(answer.accuracy).toBe(0.75);
    expect(answer.confusion).toEqual({
      cells: [
        { label: 0, predicted: 0, samples: 2 },
        { label: 1, predicted: 0, samples: 1 },
        { label: 1, predicted: 1, samples: 1 },
      ],
      cellsLeftOut: 0,
    });
    const [first] = answer.perClass;
    // Of the four pairs of a sample of class 0 and one of class 1, 0.6 against 0.7 is in the wrong order.
    expect(first?.rocAuc).toBe(0.75);
    expect(area(first?.curves?.roc ?? { x: [], y: [] })).toBeCloseTo(0.75, 4);
    // Thresholds 0.9, 0.7, 0.6: precisions 1, 1/2, 2/3 at recalls 1/2, 1/2, 1.
    expect(first?.averagePrecision).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 12);
    // Confidences 0.9, 0.6, 0.7 (wrong) and 0.8, each in a bin of its own: the mean of 0.1, 0.4, 0.7 and 0.2.
    expect(answer.calibration?.expectedError).toBeCloseTo(0.35, 6);
    expect(answer.calibration?.bins.map(({ samples }) => samples).filter((samples) => samples > 0)).toEqual([1, 1, 1, 1]);
  });

  it('stays small with many samples and classes, and says what it leaves out', async () => {
    const classes = 150;
    const rows = Array.from({ length: 20_000 }, (_, sampleIndex): StoredRow => {
      const outputs = new Float32Array(classes).fill(1 / (2 * classes));
      // Every label is predicted as each of 133 classes.
      outputs[Math.floor(sampleIndex / classes)] = 0.4 + ((sampleIndex * 7919) % 1000) / 10_000;
      return { sampleIndex, label: sampleIndex % classes, outputs };
    });
    const answer = await answerOf(rows);
    expect(answer.confusion?.cells).toHaveLength(10_000);
    expect(answer.confusion?.cellsLeftOut).toBe(10_000);
    expect(answer.perClass.filter(({ curves }) => curves !== undefined)).toHaveLength(50);
    expect(JSON.stringify(answer).length).toBeLessThan(2_000_000);
  });

  it('is computed in steps between which others have their turn', async () => {
    const rows = Array.from({ length: 1_000 }, (_, sampleIndex): StoredRow => {
      return { sampleIndex, label: sampleIndex % 2, outputs: Float32Array.from({ length: 1_000 }, (_value, at) => at / 1e6) };
    });
    let turns = 0;
    const others = setInterval(() => (turns += 1), 0);
    await answerOf(rows);
    clearInterval(others);
    // A million searches are four steps; the one page is read before.
    expect(turns).toBeGreaterThan(2);
  });
});
