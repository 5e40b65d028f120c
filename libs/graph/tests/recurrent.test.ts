import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { int, ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { differentiate } from '../src/gradients/differentiate.js';
import { inspectModel } from '../src/inspect/inspect-model.js';
import { writeOnnx } from '../src/onnx/write.js';
import { arrayOf, at, build, noiseArray, type NdArray } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { readModel } from './reference/read-model.js';

/** What make_recurrent.py writes: a file in base64, and what PyTorch computes with it in float64. */
interface Golden {
  readonly name: string;
  readonly file: string;
  /** `[n, steps, features]` */
  readonly shape: readonly number[];
  readonly x: readonly number[];
  readonly classes: readonly number[];
  readonly probabilities: readonly number[];
  readonly gradient: readonly number[];
}

const goldens = JSON.parse(readFileSync(new URL('recurrent/goldens.json', import.meta.url), 'utf8')) as Golden[];
const read = ({ file }: Golden) =>
  readModel({ files: [{ name: 'm.onnx', bytes: new Uint8Array(Buffer.from(file, 'base64')) }], name: 'fixture' });

/** Our graphs take `[n, features, steps]`, whatever the file's order. */
function featuresFirst(array: NdArray): NdArray {
  const [n = 0, steps = 0, features = 0] = array.shape;
  return build([n, features, steps], ([sample = 0, feature = 0, step = 0]) => at(array, [sample, step, feature]));
}

describe.each(goldens)('$name', (golden) => {
  it('has PyTorch’s probabilities and gradients', async () => {
    const { graph, input, output } = await read(golden);
    const builder = GraphBuilder.from(graph);
    const rows = golden.classes.length;
    const seed = builder.input('seed', 'float', [null, output.classes]);
    const [gradient = ''] = differentiate(builder, { value: output.name, gradient: seed, wrt: [input.name] });
    builder.output(gradient, 'gradient');
    const oneHot = new Float64Array(rows * output.classes);
    golden.classes.forEach((own, row) => (oneHot[row * output.classes + own] = 1));
    const values = await runOnnx(builder.build(), {
      [input.name]: featuresFirst(arrayOf(golden.shape, golden.x)),
      seed: { shape: [rows, output.classes], data: oneHot },
    });
    const expected = { shape: [rows, output.classes], data: Float64Array.from(golden.probabilities) };
    // Float32 through five steps of two layers.
    expect(relativeDifference(valueIn(values, output.name), expected)).toBeLessThan(2e-6);
    const slope = featuresFirst(arrayOf(golden.shape, golden.gradient));
    expect(relativeDifference(valueIn(values, 'gradient'), slope)).toBeLessThan(1e-5);
  });

  it('keeps its samples apart, and has Deep SHAP unless it is a layer of its own', async () => {
    const model = await read(golden);
    const { alone, gradient, deepLift } = inspectModel(model);
    expect([alone, gradient.supported]).toEqual([undefined, true]);
    // The newer exporter writes an RNN out step by step.
    const layered = model.graph.nodes.some(({ op }) => ['LSTM', 'GRU', 'RNN'].includes(op));
    expect(deepLift.supported).toBe(!layered);
    expect(deepLift.reason ?? '').toMatch(layered ? /uses (LSTM|GRU|RNN), which has no DeepLIFT rule/ : /^$/);
  });
});

describe('states to begin with', () => {
  it('that are zeros of the exported batch are left out: any batch will do', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [1, 3, 2]);
    const weights = [
      [1, 8, 2],
      [1, 8, 2],
    ].map((shape, seed) => builder.constant(constantOf('float', shape, [...noiseArray(shape, seed).data])));
    const zeros = builder.node('ConstantOfShape', [builder.constant(int64s([1, 1, 2]))]);
    const steps = builder.node('Transpose', [x], { perm: ints([1, 0, 2]) });
    const [, last = ''] = builder.node('LSTM', [steps, ...weights, '', '', zeros, zeros], { hidden_size: int(2) }, 3);
    builder.output(builder.node('Squeeze', [last, builder.constant(int64s([0]))]));
    const model = await readModel({ files: [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }], name: 'fixture' });
    const values = await runOnnx(model.graph, { [model.input.name]: noiseArray([4, 2, 3], 5) });
    expect(valueIn(values, model.output.name).shape).toEqual([4, 2]);
  });
});
