import { differentiate, type Graph, GraphBuilder } from '@xaigrid/graph';
import { explainedOfRows, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { ExpectedGradients, ExpectedGradientsAttribution, ExpectedGradientsRequest } from '../engine.js';
import { batchesOf } from '../request/batches.js';
import { classFeeds } from './class-feeds.js';
import { checkExpectedGradients, checkReferences } from '../request/check-request.js';
import { meanAndError } from '../request/mean-and-error.js';
import { channelsFirst, channelsLast, forward, reduce, reshape, seedOf } from './compose.js';
import type { OnnxContext } from './onnx-context.js';

/** The layout of draws in a batch: `samples` × `draws` rows. It depends only on the number of draws. */
interface Layout {
  readonly samples: number;
  readonly draws: number;
}

/**
 * Expected gradients (Erion et al. 2021). The graph computes the points between sample and reference, and sums the draws of a
 * sample. Sums over blocks of draws are in float64.
 */
export function expectedGradients(context: OnnxContext, references: Tensor): ExpectedGradients {
  const referenceCount = checkReferences(context.description, references);
  return {
    attribute: (request) => attribute(context, references, referenceCount, request),
    close: () => Promise.resolve(),
  };
}

async function attribute(
  context: OnnxContext,
  references: Tensor,
  referenceCount: number,
  request: ExpectedGradientsRequest,
): Promise<ExpectedGradientsAttribution> {
  const { description, sessions } = context;
  const samples = checkExpectedGradients(description, request, referenceCount);
  const { draws, inputs } = request;
  const { inputShape } = description;
  const size = sizeOf(inputShape);
  const layout = layoutOf(context, draws);
  const rows = layout.samples * layout.draws;
  const sums = new Float64Array(samples * size);
  const squares = new Float64Array(samples * size);
  const contrasted = request.contrasts !== undefined;
  const weighted = request.weights !== undefined;
  const kind = `${contrasted ? 'of two ' : ''}${weighted ? 'weighted ' : ''}`;
  const graph = await sessions.compiled(`expected ${kind}${layout.samples}x${layout.draws}`, () =>
    composeDraws(context, layout, { contrasted, weighted }),
  );

  for (const group of batchesOf(samples, layout.samples)) {
    const x = new Float32Array(layout.samples * size);
    x.set(inputs.data.subarray(group.start * size, group.end * size));
    // Padding gets the class of some sample. Its terms are 0.
    const seeds = classFeeds(
      explainedOfRows(
        request,
        Int32Array.from({ length: rows }, (_, row) => group.start + Math.floor(row / layout.draws)),
      ),
    );
    for (const block of batchesOf(draws, layout.draws)) {
      const chosen = new Float32Array(rows * size);
      const fractions = new Float32Array(rows);
      const weights = new Float32Array(rows);
      for (let slot = 0; slot < layout.samples; slot++) {
        for (let draw = 0; draw < layout.draws; draw++) {
          const row = slot * layout.draws + draw;
          if (slot < group.rows && draw < block.rows) {
            const at = (group.start + slot) * draws + block.start + draw;
            const reference = (request.references[at] ?? 0) * size;
            chosen.set(references.data.subarray(reference, reference + size), row * size);
            fractions[row] = request.fractions[at] ?? 0;
            weights[row] = request.weights?.[at] ?? 1;
          } else {
            // Padding: a sample drawn against itself adds ∇p ⊙ 0.
            chosen.set(x.subarray(slot * size, (slot + 1) * size), row * size);
          }
        }
      }
      const perDraw = [layout.samples, layout.draws, ...inputShape.map(() => 1)];
      const { sum, square } = await graph.run(
        {
          x: { data: x, shape: [layout.samples, 1, ...inputShape] },
          references: { data: chosen, shape: [layout.samples, layout.draws, ...inputShape] },
          fractions: { data: fractions, shape: perDraw },
          ...(weighted ? { weights: { data: weights, shape: perDraw } } : {}),
          ...seeds,
        },
        ['sum', 'square'],
      );
      const offset = group.start * size;
      for (let i = 0; i < group.rows * size; i++) {
        sums[offset + i] = (sums[offset + i] ?? 0) + (sum[i] ?? 0);
        squares[offset + i] = (squares[offset + i] ?? 0) + (square[i] ?? 0);
      }
    }
  }
  const { means, errors } = meanAndError({ sums, squares, draws });
  const shape = [samples, ...inputShape];
  return { attributions: { shape, data: means }, standardErrors: { shape, data: errors } };
}

/** Many draws are cut into equal blocks, so that there is little padding. Few draws of several samples share a batch. */
function layoutOf({ gradientBatchSize }: OnnxContext, draws: number): Layout {
  if (draws >= gradientBatchSize) return { samples: 1, draws: Math.ceil(draws / Math.ceil(draws / gradientBatchSize)) };
  return { samples: samplesTogether(Math.floor(gradientBatchSize / draws), draws), draws };
}

/**
 * One sample, or as many as make the number of rows a multiple of four. ONNX Runtime computes the last few elements of a tensor
 * in another way in its elementwise functions (Softplus, Elu, Log, …), and a sample's result must not depend on whether it is the
 * last.
 */
function samplesTogether(most: number, draws: number): number {
  for (let samples = most; samples > 1; samples--) if ((samples * draws) % 4 === 0) return samples;
  return 1;
}

function composeDraws(
  { model }: OnnxContext,
  { samples, draws }: Layout,
  { contrasted, weighted }: { readonly contrasted: boolean; readonly weighted: boolean },
): Graph {
  const builder = new GraphBuilder('expected-gradients');
  const { shape } = model.input;
  const x = builder.input('x', 'float', [samples, 1, ...shape]);
  const references = builder.input('references', 'float', [samples, draws, ...shape]);
  const perDraw = [samples, draws, ...shape.map(() => 1)];
  const t = builder.input('fractions', 'float', perDraw);

  const difference = builder.node('Sub', [x, references]);
  const rest = builder.node('Sub', [builder.scalar(1), t]);
  const points = builder.node('Add', [builder.node('Mul', [t, x]), builder.node('Mul', [rest, references])]);
  const input = channelsFirst(builder, reshape(builder, points, [samples * draws, ...shape]), shape);
  const { output } = forward(builder, model, input);
  const seed = seedOf(builder, { rows: samples * draws, count: model.output.classes, contrasted });
  const [slope = ''] = differentiate(builder, { value: output, gradient: seed, wrt: [input] });
  const slopes = reshape(builder, channelsLast(builder, slope, shape), [samples, draws, ...shape]);
  const plain = builder.node('Mul', [slopes, difference]);
  const terms = weighted ? builder.node('Mul', [plain, builder.input('weights', 'float', perDraw)]) : plain;
  builder.output(reduce(builder, 'ReduceSum', terms, { axes: [1], keep: false }), 'sum');
  builder.output(reduce(builder, 'ReduceSum', builder.node('Mul', [terms, terms]), { axes: [1], keep: false }), 'square');
  return builder.build();
}
