import type { SoftmaxRule } from '@xaigrid/contracts';
import { GraphBuilder } from '../../src/builder.js';
import { deepLiftMultipliers } from '../../src/deeplift/multipliers.js';
import { prepareDeepLift, type DeepLiftForward } from '../../src/deeplift/prepare.js';
import { withSamples } from '../../src/deeplift/with-samples.js';
import type { Graph } from '../../src/graph.js';
import { inferShapes } from '../../src/shapes/infer.js';
import type { NdArray } from './array.js';

/**
 * Both sides' forward and the multipliers in one graph with inputs `x`, `r`, `seed`; outputs `m`, `px`, `pr`. Where samples are not rows of all
 * values, `x` and `r` have `pairs` rows.
 */
export function pairGraph(given: Graph, softmaxRule?: SoftmaxRule, pairs = 1): { graph: Graph; forward: DeepLiftForward } {
  const own = prepareDeepLift(given, softmaxRule);
  const model = own.inRows ? given : withSamples(given, pairs);
  const forward = own.inRows ? own : prepareDeepLift(model, softmaxRule);
  const shape = inferShapes(forward.graph).get(model.inputs[0]?.name ?? '')?.shape ?? [];
  const type = model.inputs[0]?.type ?? 'float';
  const builder = new GraphBuilder('pairs');
  const sides = Object.fromEntries(
    (['x', 'r'] as const).map((side) => {
      const input = builder.input(side, type, shape);
      return [
        side,
        builder.inline(forward.graph, { inputs: { [model.inputs[0]?.name ?? '']: input }, prefix: `${side}/` }).values,
      ] as const;
    }),
  );
  const seed = builder.input('seed', type, [null, model.outputs[0]?.shape[1] ?? 1]);
  const m = deepLiftMultipliers(builder, { forward, gradient: seed, valueOf: (value, side) => sides[side]?.get(value) ?? '' });
  builder.output(m, 'm');
  for (const side of ['x', 'r']) builder.output(sides[side]?.get(forward.output) ?? '', `p${side}`);
  return { graph: builder.build(), forward };
}

/** Row `index` as a batch of one. */
export function row(array: NdArray, index: number): NdArray {
  const size = array.data.length / (array.shape[0] ?? 1);
  return { shape: [1, ...array.shape.slice(1)], data: array.data.slice(index * size, (index + 1) * size) };
}
