import { softmaxRules, type SoftmaxRule } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { int } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf } from '../src/constants.js';
import { inDoublePrecision } from '../src/double/double-precision.js';
import type { Graph } from '../src/graph.js';
import { arrayOf, noise, noiseArray, type NdArray } from './reference/array.js';
import { interpret, valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { pairGraph, row } from './reference/pairs.js';
import { correlation, shapleyValues } from './reference/shapley.js';

/** A graph from logits to what is done with them. */
function ofLogits(classes: number, head: (b: GraphBuilder, z: string) => string): Graph {
  const builder = new GraphBuilder('head');
  builder.output(head(builder, builder.input('z', 'double', [null, classes])));
  return builder.build();
}

const softmaxOf = (classes: number) => ofLogits(classes, (b, z) => b.node('Softmax', [z], { axis: int(1) }));

/** The multipliers of one class for pairs of logits, `[pairs, classes]`, and what they should add up to. */
async function headMultipliers(graph: Graph, pairs: { x: NdArray; r: NdArray; index: number }, softmaxRule?: SoftmaxRule) {
  const { x, r, index } = pairs;
  const [count = 0, classes = 0] = x.shape;
  const seed = arrayOf([count, classes], (i) => Number(i % classes === index));
  const values = await runOnnx(pairGraph(graph, softmaxRule).graph, { x, r, seed }, 'float64');
  const [m, px, pr] = ['m', 'px', 'pr'].map((name) => valueIn(values, name));
  const misses = Array.from({ length: count }, (_, pair) => {
    const at = (array: NdArray | undefined, c: number) => array?.data[pair * classes + c] ?? NaN;
    const sum = Array.from({ length: classes }, (__, c) => at(m, c) * (at(x, c) - at(r, c))).reduce((a, b) => a + b, 0);
    return Math.abs(sum - (at(px, index) - at(pr, index)));
  });
  return { m: m?.data ?? new Float64Array(), miss: Math.max(...misses) };
}

describe('softmax of (0, z)', () => {
  // From far apart to the same, up to where float64 has no probability left.
  const pairs = [0, 1e-9, 1e-6, 3e-5, 0.1, 1, 5, 40, 800].flatMap((delta) =>
    [-30, -2, 0.3, 6].map((r) => [r + delta, r] as const),
  );
  const logits = (side: 0 | 1) =>
    arrayOf(
      [pairs.length, 2],
      pairs.flatMap((pair) => [0, pair[side]]),
    );
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

  it('has the multipliers of a sigmoid, for which the rescale rule is exact', async () => {
    const { m, miss } = await headMultipliers(softmaxOf(2), { x: logits(0), r: logits(1), index: 1 });
    // The logarithm of a sum near e^800 has 1e-13 for its last digit.
    expect(miss).toBeLessThan(1e-12);
    pairs.forEach(([x, r], pair) => {
      // Without cancellation: σ(x) − σ(r) = (1 − e^(r − x))·σ(x)·σ(−r).
      const slope = x === r ? 1 : -Math.expm1(r - x) / (x - r);
      const wanted = slope * sigmoid(x) * sigmoid(-r);
      // Of a probability near 1 what is left is a difference that is 400 times smaller.
      expect(Math.abs((m[2 * pair + 1] ?? NaN) - wanted)).toBeLessThan(1e-11 * wanted);
    });
  });

  it('loses the share of the logit that does not move by shap’s rule', async () => {
    const two = { x: arrayOf([1, 2], [0, 3]), r: arrayOf([1, 2], [0, -1]), index: 1 };
    expect((await headMultipliers(softmaxOf(2), two, 'shap')).miss).toBeGreaterThan(0.1);
  });
});

describe('multipliers of softmax', () => {
  const [count, classes] = [60, 5];
  const draw = noise(3);
  const r = arrayOf([count, classes], () => 6 * draw());
  // In each pair another choice of logits that stay, that hardly move, and that move by up to 60.
  const x = arrayOf(
    [count, classes],
    (i) =>
      (r.data[i] ?? 0) +
      ([0, 0, 1e-7 * draw(), 1e-5 * draw(), draw(), 10 * draw(), 60 * draw()][Math.floor(3.5 * (draw() + 1))] ?? 0),
  );

  it('add up whichever logits move', async () => {
    // Logits up to 66 have 1e-14 for their last digit, and an exponential has that of itself.
    for (let index = 0; index < classes; index++)
      expect((await headMultipliers(softmaxOf(classes), { x, r, index })).miss).toBeLessThan(1e-12);
  });

  it('are at most 1 in magnitude, by shap’s rule above 100', async () => {
    const largest = async (rule: SoftmaxRule) => {
      const found = await Promise.all([0, 1, 2, 3, 4].map((index) => headMultipliers(softmaxOf(classes), { x, r, index }, rule)));
      return Math.max(...found.flatMap(({ m }) => Array.from(m, Math.abs)));
    };
    expect(await largest('log-softmax')).toBeLessThan(1);
    expect(await largest('shap')).toBeGreaterThan(100);
  });

  it('are the same whether a model has Softmax or the exponential of LogSoftmax', async () => {
    const expOfLog = ofLogits(classes, (b, z) => b.node('Exp', [b.node('LogSoftmax', [z], { axis: int(1) })]));
    const [one, other] = await Promise.all(
      [softmaxOf(classes), expOfLog].map((graph) => headMultipliers(graph, { x, r, index: 2 })),
    );
    // Exp's own rule takes the derivative below 1e-6: half of it off, of a probability.
    one?.m.forEach((value, i) => expect(Math.abs(value - (other?.m[i] ?? NaN))).toBeLessThan(1e-6));
  });

  it('are finite and 0 for logits that are −∞ on both sides, as attention masks have them', async () => {
    const [masked, shifted] = [0, 1].map((by) => arrayOf([1, 4], [0.5 + by, -Infinity, 2 - 3 * by, -Infinity]));
    const pair = { x: masked ?? arrayOf([], []), r: shifted ?? arrayOf([], []), index: 0 };
    const { m } = await headMultipliers(softmaxOf(4), pair);
    expect([m[1], m[3]].map((value) => Math.abs(value ?? NaN))).toEqual([0, 0]);
    expect([...m].every(Number.isFinite)).toBe(true);
  });
});

describe('Deep SHAP of a small network', () => {
  const [features, references, samples, classes] = [8, 12, 12, 4];
  const builder = new GraphBuilder('dense');
  const weights = (shape: readonly number[], seed: number, scale: number) =>
    builder.constant(constantOf('float', shape, [...noiseArray(shape, seed, scale).data]));
  const hidden = builder.node('Relu', [
    builder.node('Gemm', [builder.input('x', 'float', [null, features]), weights([features, 10], 1, 1.2), weights([10], 2, 0.5)]),
  ]);
  builder.output(
    builder.node('Softmax', [builder.node('Gemm', [hidden, weights([10, classes], 3, 2.5)])], { axis: int(1) }),
    'y',
  );
  const model = builder.build();
  const x = noiseArray([samples, features], 11, 1.5);
  const r = noiseArray([references, features], 12, 1.5);
  const outputs = (inputs: NdArray) => valueIn(interpret(model, { x: inputs }), 'y').data;
  const classOf = (sample: number) => {
    const p = outputs(row(x, sample));
    return p.indexOf(Math.max(...p));
  };

  /** By definition: a coalition's features are the sample's, the others a reference's. */
  const exact = Array.from({ length: samples }, (_, sample) =>
    shapleyValues(features, (coalition) => {
      const mixed = arrayOf([references, features], (i) => {
        const feature = i % features;
        return ((coalition & (1 << feature)) === 0 ? r.data[i] : x.data[sample * features + feature]) ?? NaN;
      });
      return (
        outputs(mixed)
          .filter((_, i) => i % classes === classOf(sample))
          .reduce((a, b) => a + b, 0) / references
      );
    }),
  );

  /** Correlation with Shapley values, by sample. */
  async function correlations(softmaxRule: SoftmaxRule): Promise<number[]> {
    const { graph } = pairGraph(inDoublePrecision(model), softmaxRule);
    const found: number[] = [];
    for (const [sample, shapley] of exact.entries()) {
      const seed = arrayOf([1, classes], (i) => Number(i === classOf(sample)));
      const m = valueIn(await runOnnx(graph, { x: row(x, sample), r, seed }, 'float64'), 'm').data;
      const map = Array.from({ length: features }, (_, feature) =>
        Array.from({ length: references }, (__, reference) => {
          const at = reference * features + feature;
          return (m[at] ?? NaN) * ((x.data[sample * features + feature] ?? NaN) - (r.data[at] ?? NaN));
        }).reduce((a, b) => a + b / references, 0),
      );
      found.push(correlation(map, shapley));
    }
    return found.sort((a, b) => a - b);
  }

  it('is close to Shapley values, as it is not by shap’s rule', async () => {
    const [ours, shaps] = await Promise.all(softmaxRules.map(correlations));
    const middle = (sorted: readonly number[] = []) => sorted[Math.floor(sorted.length / 2)];
    // 0.45 and 0.96 as found; DeepLIFT approximates Shapley values below the softmax, too.
    expect(ours?.[0]).toBeGreaterThan(0.4);
    expect(middle(ours)).toBeGreaterThan(0.95);
    // -0.90 and 0.31: the opposite of what a feature does.
    expect(shaps?.[0]).toBeLessThan(-0.8);
    expect(middle(shaps)).toBeLessThan(0.4);
  });
});
