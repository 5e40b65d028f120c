import { describe, expect, it } from 'vitest';
import { inDoublePrecision } from '../src/double/double-precision.js';
import type { Graph } from '../src/graph.js';
import {
  architectureGoldens,
  architectureGraph,
  architectureInput,
  type ArchitectureGolden,
} from './architectures/architecture.js';
import { arrayOf } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { pairGraph } from './reference/pairs.js';

const REFERENCES = 2;

/** The largest of |Σ m ⊙ (x − r) − (p(x) − p(r))| over the references: one that agrees with x in a third of its values, and x backwards. */
async function additivityError(golden: ArchitectureGolden, model: Graph, type: 'float32' | 'float64'): Promise<number> {
  const classes = golden.probabilities.length;
  const x = architectureInput(golden);
  const partly = x.data.map((value, index) => (index % 3 === 0 ? value : 0.3));
  const r = arrayOf([REFERENCES, ...x.shape.slice(1)], [...partly, ...x.data.toReversed()]);
  const seed = arrayOf([1, classes], (index) => Number(index === golden.label));
  const { graph, forward } = pairGraph(model, undefined, REFERENCES);
  const both = arrayOf([REFERENCES, ...x.shape.slice(1)], [...x.data, ...x.data]);
  const seeds = arrayOf([REFERENCES, classes], [...seed.data, ...seed.data]);
  // Attention has its heads in the batch's axis: the sample meets each reference as a copy of its own.
  const feeds = forward.inRows ? { x, r, seed } : { x: both, r, seed: seeds };
  const values = await runOnnx(graph, feeds, type);
  const [m, px, pr] = ['m', 'px', 'pr'].map((name) => valueIn(values, name).data);
  const size = x.data.length;
  const errors = Array.from({ length: REFERENCES }, (_, index) => {
    const sum = x.data.reduce((total, value, i) => {
      const at = index * size + i;
      return total + (m?.[at] ?? NaN) * (value - (r.data[at] ?? NaN));
    }, 0);
    return Math.abs(sum - ((px?.[golden.label] ?? NaN) - (pr?.[index * classes + golden.label] ?? NaN)));
  });
  return Math.max(...errors);
}

describe.each(architectureGoldens)('DeepLIFT of $name', (golden) => {
  it('adds up', async () => {
    // float32 through up to 80 layers, of changes up to 0.6: 3.0e-6 at most, in VGG.
    expect(await additivityError(golden, await architectureGraph(golden.name), 'float32')).toBeLessThan(2e-5);
  });
});

const quick = ['resnext', 'densenet', 'squeezenet1_1', 'shufflenet_v2_fixed_batch', 'regnet_y'];

describe.each(architectureGoldens.filter(({ name }) => quick.includes(name)))('DeepLIFT in float64 of $name', (golden) => {
  it('adds up', async () => {
    expect(await additivityError(golden, inDoublePrecision(await architectureGraph(golden.name)), 'float64')).toBeLessThan(1e-13);
  });
});
