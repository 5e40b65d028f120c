import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { partitionShap } from '../src/partition-shap.js';
import { allCoalitions, correlatedFeatures, halvesOf, type Cluster } from '../src/partition-shap/hierarchy.js';
import { owenValues } from '../src/partition-shap/owen-values.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itGivesMapsOfLibrary } from './parity-networks.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const nestedOf = ({ features, parts }: Cluster): unknown => (parts === undefined ? features[0] : parts.map(nestedOf));

describe('hierarchies', () => {
  it('of a grid are halves of halves, the longer axis first', () => {
    expect(nestedOf(halvesOf([5]))).toEqual([
      [[0, 1], 2],
      [3, 4],
    ]);
    expect(nestedOf(halvesOf([2, 3]))).toEqual([
      [
        [0, 1],
        [3, 4],
      ],
      [2, 5],
    ]);
    expect(nestedOf(halvesOf([1, 1]))).toBe(0);
  });

  it('of a table join what correlates most, and a constant feature last', () => {
    const data = Float32Array.of(1, 5, 2, 9, 2, 5, 1, 8, 3, 5, 3, 7, 4, 5, 2, 6.5);
    // Features 0 and 2 correlate by 0.3; feature 3 is against both, so that the constant one is nearer.
    expect(nestedOf(correlatedFeatures({ shape: [4, 4], data }))).toEqual([[[0, 2], 1], 3]);
  });

  it('have so many coalitions: two for each cut, in each context', () => {
    expect(allCoalitions(halvesOf([1]))).toBe(0);
    expect(allCoalitions(halvesOf([2]))).toBe(2);
    expect(allCoalitions(halvesOf([4]))).toBe(10);
    expect(allCoalitions(halvesOf([12, 12]))).toBeLessThan(2 * 144 ** 2);
  });
});

describe('Owen values', () => {
  /** A game that is far from adding up. */
  const value = (members: ArrayLike<number>) =>
    Array.from(members).reduce((total, member, i) => total + member * Math.sin(3 * i + 1), 0) ** 2 +
    (members[0] ?? 0) * (members[4] ?? 0);
  const valuesOf = (all: readonly Uint8Array[]) => Promise.resolve(Float64Array.from(all, value));
  const ends = { empty: value([0, 0, 0, 0, 0]), full: value([1, 1, 1, 1, 1]) };

  /** All orders in which every cluster stays together. */
  function ordersOf({ features, parts }: Cluster): number[][] {
    if (parts === undefined) return [[...features]];
    const [left, right] = parts.map(ordersOf);
    return (left ?? []).flatMap((a) =>
      (right ?? []).flatMap((b) => [
        [...a, ...b],
        [...b, ...a],
      ]),
    );
  }

  it('are the mean gains over all orders that keep clusters together', async () => {
    const root = halvesOf([5]);
    const found = await owenValues(root, { ends, budget: 100, valuesOf });
    const gains = new Float64Array(5);
    const orders = ordersOf(root);
    for (const order of orders) {
      const members = new Uint8Array(5);
      let before = ends.empty;
      for (const feature of order) {
        members[feature] = 1;
        gains[feature] = (gains[feature] ?? NaN) + (value(members) - before) / orders.length;
        before = value(members);
      }
    }
    expect(orders).toHaveLength(16);
    expect(largestDifference(found, gains)).toBeLessThan(1e-12);
  });

  it('of few coalitions cut what matters most, and share the rest in equal parts', async () => {
    const asked: string[] = [];
    const found = await owenValues(halvesOf([4]), {
      ends: { empty: 0, full: 9 },
      budget: 4,
      valuesOf: (all) => {
        asked.push(...all.map((members) => members.join('')));
        // The right half alone is worth 8, and the left one 1.
        return Promise.resolve(
          Float64Array.from(all, (m) => 2 * (m[2] ?? 0) + 6 * (m[3] ?? 0) + 0.5 * ((m[0] ?? 0) + (m[1] ?? 0))),
        );
      },
    });
    // Both halves, and the right one in one of its two contexts.
    expect(asked).toEqual(['1100', '0011', '0010', '0001']);
    // In the other context its credit, half of 8, is shared in equal parts.
    expect([...found]).toEqual([0.5, 0.5, 1 + 2, 3 + 2]);
  });
});

describe('partition SHAP', () => {
  it.each([4, 6, 13, 200])('adds up to the change of the output with %i coalitions', async (coalitions) => {
    const engine = closedFormEngine(sampleModel([8, 2]));
    const inputs = sampleInputs([8, 2], 2);
    const classes = Int32Array.of(0, 2);
    const references = sampleInputs([8, 2], 3);
    const params = { baseline: 'background', coalitions };
    const { maps } = await explainOnce(
      partitionShap,
      { engine, params, background: backgroundOf(references) },
      { inputs, classes },
    );
    const [own, others] = [await engine.predict(inputs), await engine.predict(references)];
    for (const [sample, c] of classes.entries()) {
      const empty = sum([0, 1, 2].map((r) => others.data[r * 3 + c] ?? NaN)) / 3;
      // Sums of eight float32 values.
      expect(sum(mapOf(maps, sample))).toBeCloseTo((own.data[sample * 3 + c] ?? NaN) - empty, 6);
    }
  });

  it('of a linear model gives what each cell contributes', async () => {
    const engine = closedFormEngine(sampleModel([8, 2], 'linear'));
    const inputs = sampleInputs([8, 2], 1);
    const explain = async (coalitions: number) =>
      (
        await explainOnce(
          partitionShap,
          { engine, params: { baseline: 0.3, cell: [2], coalitions } },
          { inputs, classes: Int32Array.of(1) },
        )
      ).maps.data;
    const output = async (x: readonly number[]) =>
      (await engine.predict({ shape: [1, 8, 2], data: Float32Array.from(x) })).data[1] ?? NaN;
    const x = mapOf(inputs, 0);
    const wanted = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, at) =>
          (await output(x)) - (await output(x.map((v, i) => (Math.floor(i / 4) === Math.floor(at / 2) ? 0.3 : v)))),
      ),
    );
    expect(largestDifference(await explain(12), wanted)).toBeLessThan(5e-6);
  });

  it('refuses a table without a background, and cells of it', () => {
    const validate = (params: unknown) => () => {
      partitionShap.validate(partitionShap.params.parse(params), closedFormEngine(sampleModel([6])).model);
    };
    expect(validate({})).toThrow('Set baseline: background, and background: { dataset, size }.');
    expect(validate({ baseline: 'background', cell: [2] })).toThrow('each column of a table is a feature. Leave "cell" out.');
    expect(validate({ baseline: 'background' })).not.toThrow();
    expect(partitionShap.needsBackground?.(partitionShap.params.parse({}))).toBe(false);
    expect(partitionShap.needsBackground?.(partitionShap.params.parse({ baseline: 'background' }))).toBe(true);
  });
});

describe('PartitionExplainer of shap', () => {
  // The same float32 probabilities, added up in float64; up to 862 of them a feature.
  itGivesMapsOfLibrary('shap/partition.json', partitionShap, 5e-7);

  const { table } = z
    .object({
      table: z.object({
        background: z.array(z.array(z.number())),
        samples: z.array(z.array(z.number())),
        cases: z.array(z.object({ coalitions: z.int(), maps: z.array(z.array(z.number())) })),
      }),
    })
    .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/shap/partition.json', import.meta.url), 'utf8')));
  const tensor = (rows: readonly (readonly number[])[]) => ({ shape: [rows.length, 6], data: Float32Array.from(rows.flat()) });

  it.each(table.cases)('of a table with $coalitions coalitions', async ({ coalitions, maps: wanted }) => {
    const { maps } = await explainOnce(
      partitionShap,
      {
        ...{ engine: closedFormEngine(sampleModel([6])), params: { baseline: 'background', coalitions } },
        background: backgroundOf(tensor(table.background)),
      },
      { inputs: tensor(table.samples), classes: Int32Array.of(0, 1, 2) },
    );
    for (const [sample, map] of wanted.entries()) expect(largestDifference(mapOf(maps, sample), map)).toBeLessThan(5e-7);
  });
});
