import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { finish, repository, type Finished } from '../support/processes.js';
import { metricsSchema } from './metrics-answer.js';
import { expectedResults, reportInputs, type ExpectedModel } from './report-inputs.js';

/*
 * What the report says of its two models (its Tasks 1 to 3), by the commands a user gives. The spec is examples/report-table2.yaml
 * with cheap maps: metrics of a model need its predictions only. SHAP's maps of MNIST-1D are those the report stored.
 */
const evaluations = JSON.stringify([
  {
    ...{ dataset: 'mnist1d', model: 'cnn' },
    explainers: [
      { method: 'sise', layers: ['conv1d_2'] },
      { method: 'stored', name: 'SHAP', path: '${REPORT_INPUTS}/mnist1d-shap-deep.npy', explainedClass: 'label' },
    ],
    metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }],
  },
  {
    ...{ dataset: 'hmt', model: 'vgg7', explainers: [{ method: 'random' }] },
    metrics: [{ metric: 'drop-increase', keepFractions: [0.9] }],
  },
]);

describe.skipIf(reportInputs === undefined)('what the report says of its models', () => {
  let folder = '';
  let models: z.infer<typeof metricsSchema>;
  let expected: Awaited<ReturnType<typeof expectedResults>>;
  const xaigrid = async (...args: string[]): Promise<Finished> => {
    const finished = await finish('xaigrid', args, { folder });
    expect(finished.status, finished.stderr).toBe(0);
    return finished;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-report-'));
    expected = await expectedResults();
    await xaigrid('run', `${repository}examples/report-table2.yaml`, '--set', `evaluations=${evaluations}`);
    models = metricsSchema.parse(JSON.parse((await xaigrid('metrics', 'latest', '--format', 'json')).stdout));
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function modelOf(dataset: 'mnist1d' | 'hmt'): { readonly found: (typeof models)[number]; readonly wanted: ExpectedModel } {
    const found = models.find((model) => model.dataset === dataset);
    if (found === undefined) throw new Error(`no metrics of ${dataset}`);
    return { found, wanted: expected[dataset] };
  }

  it.each(['mnist1d', 'hmt'] as const)('accuracy and F1, also by class: %s', (dataset) => {
    const { found, wanted } = modelOf(dataset);
    expect(found.samples).toBe(wanted.samples);
    expect(found.accuracy).toBeCloseTo(wanted.accuracy, 6);
    expect(found.perClass.map(({ accuracy }) => thousandths(accuracy))).toEqual(wanted.classAccuracy.map(thousandths));
    expect(found.perClass.map(({ f1 }) => thousandths(f1))).toEqual(wanted.f1.map(thousandths));
  });

  it('Table 1: the two digits that are confused most, lowest F1 first, and with what', () => {
    const { found } = modelOf('mnist1d');
    const { table1 } = expected.mnist1d;
    const rows = found.mostConfused.slice(0, 2);
    expect(rows.map((row) => row.class)).toEqual([9, 5]);
    for (const row of rows) {
      const wanted = row.class === 9 ? table1[9] : table1[5];
      expect(thousandths(row.accuracy)).toBe(thousandths(wanted.accuracy));
      expect(thousandths(row.f1)).toBe(thousandths(wanted.f1));
      expect(thousandths(row.averagePrecision)).toBe(thousandths(wanted.prAuc));
      expect(row.rocAuc).toBeCloseTo(wanted.rocAuc, 4);
      expect(row.confusedWith.map((other) => other.class)).toEqual(wanted.confusedWith);
    }
  });

  it('average precisions of HMT, each tissue against the rest', () => {
    const { found } = modelOf('hmt');
    expect(found.perClass.map(({ averagePrecision }) => thousandths(averagePrecision))).toEqual(
      expected.hmt.averagePrecision.map(thousandths),
    );
    expect(found.perClass[0]?.name).toMatch(/TUMOR/i);
  });

  it('every figure, of both data sets', async () => {
    const written = (await xaigrid('figures', 'latest', 'figures', '--colour-map', 'jet', '--signed-colour-map', 'same')).stdout
      .trim()
      .split('\n');
    const names = (await readdir(join(folder, 'figures'))).toSorted();
    expect(names.map((name) => join('figures', name))).toEqual(written.toSorted());
    const ofModels = ['class-accuracy', 'class-f1', 'roc-curves', 'precision-recall-curves', 'confusion-matrix'].flatMap(
      (name) => [`cnn-mnist1d-${name}`, `vgg7-hmt-${name}`],
    );
    // Figure 4: templates; 5 and 6: signals; 10: images.
    const others = [
      'cnn-mnist1d-class-templates',
      'cnn-mnist1d-drop-increase-drop-methods-keep-0.3-baseline-zero',
      'cnn-mnist1d-failures-1',
      'vgg7-hmt-failures',
    ];
    for (const name of [...ofModels, ...others]) {
      expect(names).toContain(`${name}.svg`);
      const png = await readFile(join(folder, 'figures', `${name}.png`));
      expect(png.subarray(1, 4).toString()).toBe('PNG');
    }
  }, 120_000);
});

/** The report gives three digits. */
function thousandths(value: number): number {
  return Math.round(value * 1000);
}
