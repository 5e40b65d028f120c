import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSpec } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sklearnFile, sklearnGoldens } from '../../graph/tests/reference/sklearn-goldens.js';
import { planControl } from '../src/plan-control.js';
import { planRun } from '../src/plan-run.js';
import { referenceModel } from '../src/references.js';
import { registries } from '../src/registries.js';

const models = fileURLToPath(new URL('../../../models', import.meta.url));

function parse(spec: object) {
  return parseSpec({ text: JSON.stringify({ name: 'controls', ...spec }), source: 'spec', registries, environment: {} });
}

const digits = {
  datasets: { digits: { kind: 'mnist1d', split: 'test' } },
  models: { cnn: { path: 'mnist1d-cnn/model.json' } },
};
const half = [{ metric: 'drop-increase', keepFractions: [0.5] }];

describe('controls of a signal', () => {
  it('are planned beside the listed methods, with the same metrics', async () => {
    const evaluations = [{ dataset: 'digits', model: 'cnn', explainers: ['sise'], metrics: half }];
    const planned = await planRun(parse({ ...digits, controls: true, evaluations }), { baseFolder: models });
    expect(planned.evaluations.map(({ plan }) => plan.label)).toEqual(['sise', 'random', 'constant', 'edges', 'centre']);
    expect(new Set(planned.evaluations.map(({ plan }) => JSON.stringify(plan.settings))).size).toBe(1);
    expect(planned.notes).toEqual([]);
  });

  it('asked for in two places are one evaluation each, and nothing is said of it', async () => {
    const block = { dataset: 'digits', model: 'cnn', explainers: ['sise'] };
    const evaluations = [
      { ...block, metrics: half },
      { ...block, explainers: ['grad-cam'], metrics: ['sparseness'] },
    ];
    const planned = await planRun(parse({ ...digits, controls: true, evaluations }), { baseFolder: models });
    const random = planned.evaluations.filter(({ plan }) => plan.label === 'random');
    expect(random.map(({ plan }) => plan.settings.map(({ metric }) => metric))).toEqual([['drop-increase', 'sparseness']]);
    expect(planned.notes).toEqual([]);
  });

  it('are left out of a metric that cannot score them, which is said and fails no plan', async () => {
    const spec = parse({
      ...digits,
      controls: true,
      evaluations: [{ dataset: 'digits', model: 'cnn', explainers: ['sise'], metrics: ['pointing-game', ...half] }],
    });
    const listed = parse({
      ...digits,
      evaluations: [{ dataset: 'digits', model: 'cnn', explainers: ['sise'], metrics: half }],
    });
    const { evaluations: ofListed } = await planRun(listed, { baseFolder: models });
    const dataset = ofListed[0]?.plan.dataset;
    const [evaluation] = spec.evaluations;
    const entry = evaluation?.explainers.find(({ method }) => method === 'constant');
    if (dataset === undefined || evaluation === undefined || entry === undefined) throw new Error('nothing was planned');
    const model = await referenceModel('cnn', { path: 'mnist1d-cnn/model.json' }, models);
    const work = { spec, dataset, taken: { samples: 1000, last: 999 }, entry, metrics: evaluation.metrics, baseFolder: models };
    const found = await planControl({
      ...work,
      model: { ...model, computedBy: { version: 'any', backend: 'native' } },
      datasetFor: () => dataset,
    });
    expect(found.planned.map(({ plan }) => plan.settings.map(({ metric }) => metric))).toEqual([['drop-increase']]);
    expect(found.leftOut).toEqual([
      expect.stringMatching(
        /^Control "constant" is not scored by pointing-game on data set "digits" and model "cnn"\. Metric "pointing-game" needs to know where/,
      ),
    ]);
  });
});

describe('controls of a table', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-plan-controls-'));
    const { samples, cases } = sklearnGoldens;
    const rows = samples.map((sample, row) => [...sample, cases[0]?.explained[row]].join(','));
    await writeFile(join(folder, 'wines.csv'), rows.join('\n'));
    await writeFile(join(folder, 'forest.onnx'), sklearnFile('forest').bytes);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const wines = (explainers: readonly string[]) =>
    parse({
      datasets: { wines: { kind: 'csv', path: 'wines.csv', header: false } },
      models: { forest: { path: 'forest.onnx' } },
      evaluations: [{ dataset: 'wines', model: 'forest', controls: true, explainers, metrics: half }],
    });

  it('are all but edges and centre, which is said', async () => {
    const planned = await planRun(wines(['occlusion']), { baseFolder: folder });
    expect(planned.evaluations.map(({ plan }) => plan.label)).toEqual(['occlusion', 'random', 'constant']);
    expect(planned.notes).toContain(
      'Control "edges" is left out of data set "wines" and model "forest". edges: a table has no edges, because neighbouring features mean nothing. Leave the method out; random and constant are controls for tables.',
    );
    expect(planned.notes).toContainEqual(expect.stringMatching(/^Control "centre" is left out .* a table has no middle/));
  });

  it('are refused where edges is listed', async () => {
    await expect(planRun(wines(['occlusion', 'edges']), { baseFolder: folder })).rejects.toThrow(
      /^evaluations\.0\.explainers\.1.*: edges: a table has no edges/,
    );
  });
});
