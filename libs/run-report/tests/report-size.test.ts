import { galleryPanels, pictureLimits, reportPage, type GallerySample, type ReportData } from '@xaigrid/report';
import { describe, expect, it } from 'vitest';
import { readModelPart } from '../src/model-part.js';
import type { PredictionSource } from '../src/model-quality.js';
import { subjectOf } from './stored-predictions.js';

const SAMPLES = 50_000;
const CLASSES = 1_000;
/** Classes that are taken for one another at random: the confusion matrix shows these, nearly every cell filled. */
const CONFUSED = 36;

/** Predictions of ImageNet's size, made when they are asked for: a third wrong, confidences spread out, small outputs noise. */
function imageNetSize(): PredictionSource & { most: number } {
  let state = 1;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return {
    most: 0,
    evaluation: () => {
      const classNames = Array.from({ length: CLASSES }, (_, c) => `a class with a long name, number ${c}`);
      return Promise.resolve({ classNames, sampleShape: [224, 224, 3], storedPredictions: SAMPLES });
    },
    predictions(_run, _ordinal, start, end) {
      this.most = Math.max(this.most, end - start);
      const data = new Float32Array((end - start) * CLASSES);
      const labels = new Int32Array(end - start);
      for (let row = 0; row < end - start; row += 1) {
        const label = (start + row) % CLASSES;
        const outputs = data.subarray(row * CLASSES, (row + 1) * CLASSES);
        let sum = 0;
        for (let c = 0; c < CLASSES; c += 1) sum += outputs[c] = next() ** 4;
        const confidence = next();
        for (let c = 0; c < CLASSES; c += 1) outputs[c] = ((outputs[c] ?? 0) / sum) * (1 - confidence);
        const favourite = label < CONFUSED ? Math.floor(next() * CONFUSED) : next() < 0.33 ? Math.floor(next() * CLASSES) : label;
        outputs[favourite] = (outputs[favourite] ?? 0) + confidence;
        labels[row] = label;
      }
      return Promise.resolve({
        sampleIndices: labels.map((_, row) => start + row),
        labels,
        outputs: { shape: [end - start, CLASSES], data },
      });
    },
  };
}

describe('a report of 50,000 samples and 1000 classes', () => {
  it('stays under 15 MB with six such models and as many pictures as a page can have', async () => {
    const source = imageNetSize();
    const part = await readModelPart(source, subjectOf(SAMPLES));
    expect(source.most).toBe(1_000);
    expect(part.figures.length).toBe(7);
    const noise = (shape: readonly number[]) => {
      let state = 7;
      const size = shape.reduce((product, extent) => product * extent, 1);
      return {
        shape,
        data: Float32Array.from({ length: size }, () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647),
      };
    };
    const maps = Array.from({ length: 20 }, (_, method) => ({
      method: `method ${method}`,
      note: 'drop 0.5',
      map: noise([224, 224]),
    }));
    const samples = Array.from({ length: 72 }, (_, at): GallerySample => ({
      caption: `Sample ${at}`,
      input: noise([224, 224, 3]),
      maps,
    }));
    const setting = { keepFraction: 0.3 };
    const figures = await galleryPanels(samples, { name: 'g', title: 'g', limits: pictureLimits(72 * 21), setting });
    const data: ReportData = {
      runs: [
        {
          ...{
            id: 'abcdefgh',
            name: 'large',
            state: 'done',
            ...{ priority: 0, tags: [], note: '', datasets: [], models: [], methods: [] },
            createdAt: '2026-01-02T03:04:05.678Z',
            specText: 'name: large',
          },
          versions: { xaigrid: '0.1.0', node: 'v20.19.0', platform: 'linux-x64' },
          progress: { samples: SAMPLES, explained: SAMPLES, scored: SAMPLES, failed: 0 },
          counters: { mapsComputed: SAMPLES, mapsReused: 0, scoresComputed: SAMPLES, scoresReused: 0 },
          ...{ evaluations: [], failures: [] },
        },
      ],
      ...{ rows: [], metrics: [], methods: [], results: [], version: '0.1.0', models: Array.from({ length: 6 }, () => part) },
      gallery: [{ title: 'g', note: 'g', groups: [{ title: 'g', rule: 'g', table: undefined, figures }] }],
    };
    const bytes = Buffer.byteLength(reportPage(data));
    expect(bytes).toBeLessThan(15_000_000);
    expect(bytes).toBeGreaterThan(8_000_000);
  }, 400_000);
});
