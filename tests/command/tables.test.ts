import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { float32Of, readNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, type Finished } from '../support/processes.js';

const names = ['age', 'blood pressure', 'pulse'];
/** Of the log-odds of class 1. */
const weights = [1.5, -2, 0.5];
const samples = [
  [0.9, -0.4, 0.3],
  [-0.2, 0.8, 1.1],
  [0.1, 0.1, -0.7],
];
const background = [0.2, 0.3, -0.1];

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const logOdds = (x: readonly number[]) => weights.reduce((sum, weight, i) => sum + weight * (x[i] ?? NaN), 0);

/** `[n, 3]` → logits [0, w · x]. */
function model(): Uint8Array {
  const b = new GraphBuilder('table');
  const x = b.input('x', 'float', [null, names.length]);
  b.output(
    b.node('MatMul', [
      x,
      b.constant(
        constantOf(
          'float',
          [3, 2],
          weights.flatMap((weight) => [0, weight]),
        ),
      ),
    ]),
  );
  return writeOnnx(b.build());
}

const csv = (rows: readonly (readonly number[])[]) =>
  [[...names, 'ill'], ...rows.map((row) => [...row, logOdds(row) > 0 ? 1 : 0])].map((row) => row.join(',')).join('\n');

const spec = {
  name: 'table',
  datasets: { patients: { kind: 'csv', path: 'patients.csv' }, one: { kind: 'csv', path: 'one.csv' } },
  models: { logistic: { path: 'logistic.onnx' } },
  evaluations: [
    {
      dataset: 'patients',
      model: 'logistic',
      explainers: [
        { method: 'shap-kernel', background: { dataset: 'one', size: 1, selection: 'first' } },
        { method: 'occlusion' },
        { method: 'gradient', absolute: false, channels: 'sum' },
        { method: 'random' },
      ],
      metrics: [{ metric: 'drop-increase', keepFractions: [0.4] }],
    },
  ],
};

/** Shapley values of p(class) by their definition, over all orders of three features. */
function shapley(x: readonly number[], index: number): number[] {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const worth = (present: ReadonlySet<number>) => {
    const p = sigmoid(logOdds(x.map((value, i) => (present.has(i) ? value : (background[i] ?? NaN)))));
    return index === 1 ? p : 1 - p;
  };
  const phi = [0, 0, 0];
  for (const order of orders) {
    const present = new Set<number>();
    for (const feature of order) {
      const before = worth(present);
      present.add(feature);
      phi[feature] = (phi[feature] ?? 0) + (worth(present) - before) / orders.length;
    }
  }
  return phi;
}

let folder: string;
const xaigrid = (...args: string[]): Promise<Finished> => finish('xaigrid', [...args, '--store', 'store'], { folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-tables-'));
  await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
  await writeFile(join(folder, 'logistic.onnx'), model());
  await writeFile(join(folder, 'patients.csv'), csv(samples));
  await writeFile(join(folder, 'one.csv'), csv([background]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a table from a CSV file', () => {
  it('is explained by every kind of method, Kernel SHAP exactly', async () => {
    const { status, stdout, stderr } = await xaigrid('run', 'spec.json');
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('failed')]);
    for (const method of ['shap-kernel', 'occlusion', 'gradient', 'random']) expect(stdout).toContain(method);
    for (const [sample, x] of samples.entries()) {
      await xaigrid('map', 'latest', '--method', 'shap-kernel', '--sample', String(sample), '--npy', `${sample}.npy`);
      const { shape, data } = float32Of(await readNpy(join(folder, `${sample}.npy`), { name: 'map' }));
      expect(shape).toEqual([3]);
      shapley(x, logOdds(x) > 0 ? 1 : 0).forEach((phi, feature) => {
        // Outputs are float32 numbers below 1; the regression averages their rounding.
        expect(Math.abs((data[feature] ?? NaN) - phi)).toBeLessThan(1e-6);
      });
    }
  });

  it('is shown feature by feature, by name', async () => {
    const { stdout } = await xaigrid('map', 'latest', '--method', 'shap-kernel', '--sample', '0');
    const [, ...lines] = stdout.slice(stdout.indexOf('feature ')).split('\n');
    expect(
      lines
        .slice(0, 3)
        .map((line) => names.find((name) => line.startsWith(name)))
        .toSorted(),
    ).toEqual(names);
    await xaigrid('report', 'latest', '--out', 'report.html');
    const page = await readFile(join(folder, 'report.html'), 'utf8');
    expect(page).toContain('blood pressure = -0.4');
    expect(page).toContain('pale: what does not stay at keep 0.4');
  });
});
