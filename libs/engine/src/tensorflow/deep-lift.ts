import type { SoftmaxRule } from '@xaigrid/contracts';
import type { Tensor as TfTensor } from '@tensorflow/tfjs';
import { explainedOfRows, outputOfClass, outputsOfReference, sizeOf, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';
import type { DeepLift, DeepLiftAttribution, DeepLiftRequest } from '../engine.js';
import { batchesOf, type Batch } from '../request/batches.js';
import { checkDeepLift, checkReferences } from '../request/check-request.js';
import { ruleOf, type Rule } from './deep-lift-rules.js';
import { softmaxRows } from './softmax-rows.js';
import { breathe, compute, outputOf, seedOf, type TensorFlowContext } from './tensorflow-context.js';

/** Results of references are kept up to this size. Beyond it, each block's forward pass is repeated for each sample. */
const KEPT_BYTES = 128 * 2 ** 20;

/** A block of references, with the results of every step. */
interface ReferenceBlock {
  readonly batch: Batch;
  readonly results: readonly TfTensor[];
}

/**
 * DeepLIFT's rescale rule, one sample against blocks of references. It is a reverse pass over the steps of the network: nonlinear
 * steps use the rules of `deep-lift-rules.ts`, linear ones TensorFlow's own gradient.
 */
export function deepLift(context: TensorFlowContext, references: Tensor, softmaxRule: SoftmaxRule = 'log-softmax'): DeepLift {
  const { tf, model, network, batchSize } = context;
  const count = checkReferences(model, references);
  // Step 0 is the input.
  const rules = network.steps.slice(1).map((step) => ruleOf(step, softmaxRule));
  const blocks = batchesOf(count, batchSize);
  const kept: ReferenceBlock[] = [];
  const expected = new Float64Array(model.classes);
  let bytes = 0;
  for (const batch of blocks) {
    compute(context, () => {
      const block = forward(batch);
      const outputs = exactOutputs(context, block.results);
      outputs.forEach((value, i) => (expected[i % model.classes] = (expected[i % model.classes] ?? 0) + value / count));
      bytes += block.results.reduce((total, result) => total + 4 * result.size, 0);
      if (bytes <= KEPT_BYTES) kept.push({ batch, results: block.results.map((result) => tf.keep(tf.clone(result))) });
    });
  }

  function forward(batch: Batch): ReferenceBlock {
    const size = sizeOf(model.inputShape);
    const data = references.data.slice(batch.start * size, batch.end * size);
    return { batch, results: network.run(tf.tensor(data, [batch.rows, ...model.inputShape])) };
  }

  async function attribute(request: DeepLiftRequest): Promise<DeepLiftAttribution> {
    const { inputs } = request;
    const samples = checkDeepLift(model, request);
    const size = sizeOf(model.inputShape);
    const attributions = new Float32Array(samples * size);
    const outputs = new Float64Array(samples);
    for (let sample = 0; sample < samples; sample++) {
      const data = inputs.data.slice(sample * size, (sample + 1) * size);
      const seeded = explainedOfRows(request, Int32Array.of(sample));
      const sum = new Float64Array(size);
      for (const [i, batch] of blocks.entries()) {
        compute(context, () => {
          const x = network.run(tf.tensor(data, [1, ...model.inputShape]));
          if (i === 0) outputs[sample] = outputOfClass(exactOutputs(context, x), request, sample);
          const block = kept[i] ?? forward(batch);
          attributionOf(context, rules, { x, r: block.results, explained: seeded }).forEach(
            (value, j) => (sum[j] = (sum[j] ?? 0) + value),
          );
        });
        await breathe();
      }
      attributions.set(
        sum.map((value) => value / count),
        sample * size,
      );
    }
    return {
      attributions: { shape: [samples, ...model.inputShape], data: attributions },
      outputs,
      expected: outputsOfReference(expected, request),
      bits: new Uint8Array(samples).fill(32),
    };
  }

  return {
    attribute,
    close() {
      for (const { results } of kept.splice(0)) tf.dispose([...results]);
      return Promise.resolve();
    },
  };
}

/** Σ over a block's references of m(x, r) ⊙ (x − r): `[...inputShape]`, flat. */
function attributionOf(
  { tf, network }: TensorFlowContext,
  rules: readonly Rule[],
  pair: { readonly x: readonly TfTensor[]; readonly r: readonly TfTensor[]; readonly explained: ExplainedOutputs },
): ArrayLike<number> & { forEach(visit: (value: number, index: number) => void): void } {
  const { x, r, explained } = pair;
  const upstream = new Map<number, TfTensor>();
  const output = outputOf(r);
  const [references = 0, classes = 1] = output.shape;
  upstream.set(x.length - 1, tf.tile(seedOf(tf, explained, classes).toFloat(), [references, 1]));
  for (let step = network.steps.length - 1; step > 0; step--) {
    const { inputs = [] } = network.steps[step] ?? {};
    const [rule, above, outputX, outputR, definition] = [
      rules[step - 1],
      upstream.get(step),
      x[step],
      r[step],
      network.steps[step],
    ];
    if (!rule || !above || !outputX || !outputR || !definition) continue;
    const multipliers = rule(tf, definition, {
      inputsX: inputs.flatMap((i) => x[i] ?? []),
      inputsR: inputs.flatMap((i) => r[i] ?? []),
      outputX,
      outputR,
      upstream: above,
    });
    inputs.forEach((input, i) => {
      const found = multipliers[i];
      const before = upstream.get(input);
      if (found !== undefined) upstream.set(input, before === undefined ? found : tf.add(before, found));
    });
  }
  const [inputX, inputR, multipliers] = [x[0], r[0], upstream.get(0)];
  if (!inputX || !inputR || !multipliers) return new Float32Array(0);
  return tf.sum(tf.mul(multipliers, tf.sub(inputX, inputR)), 0).dataSync();
}

/** The outputs of all rows. A final softmax is computed again in float64 from its logits. */
function exactOutputs({ network, model }: TensorFlowContext, results: readonly TfTensor[]): Float64Array {
  const last = network.steps.at(-1);
  const logits = results[last?.inputs[0] ?? 0];
  const softmax = last?.kind === 'Softmax' || last?.activation === 'softmax';
  return softmax && logits !== undefined
    ? softmaxRows(logits.dataSync(), model.classes)
    : Float64Array.from(outputOf(results).dataSync());
}
