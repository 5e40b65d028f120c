import { biasesOf, differentiate, type Graph, GraphBuilder } from '@xaigrid/graph';
import { sizeOf } from '@xaigrid/tensor';
import type { BiasGradients, BiasGradientsRequest } from '../engine.js';
import { batchesOf, paddedExplained, paddedRows } from '../request/batches.js';
import { checkGradient } from '../request/check-request.js';
import { classFeeds } from './class-feeds.js';
import { channelsFirst, channelsLast, forward, seedOf } from './compose.js';
import { emptyTensor, type OnnxContext, writeRows } from './onnx-context.js';

/** What is computed of each bias. */
interface Place {
  readonly node: string;
  /** Without the batch, channels last; flat for biases of values without positions. */
  readonly shape: readonly number[];
  readonly positions: boolean;
}

interface Composed {
  readonly graph: Graph;
  readonly places: readonly Place[];
}

const composed = new WeakMap<OnnxContext, Map<boolean, Composed>>();

/** Gradients at the input and at every bias, each times its value. */
export async function biasGradients(context: OnnxContext, request: BiasGradientsRequest): Promise<BiasGradients> {
  const { description, sessions, gradientBatchSize: batchSize } = context;
  const samples = checkGradient(description, { ...request, wrt: 'input' });
  const contrasted = request.contrasts !== undefined;
  const { graph, places } = composedOnce(context, contrasted);
  const compiled = await sessions.compiled(`biases ${contrasted ? 'of two' : ''}`, () => graph);
  const input = emptyTensor([samples, ...description.inputShape]);
  const biases = places.map(({ node, shape, positions }) => ({ node, positions, products: emptyTensor([samples, ...shape]) }));
  for (const batch of batchesOf(samples, batchSize)) {
    const data = paddedRows(request.inputs, batch, batchSize);
    const values = await compiled.run(
      { x: { data, shape: [batchSize, ...description.inputShape] }, ...classFeeds(paddedExplained(request, batch, batchSize)) },
      ['input', ...places.map((_, at) => `bias ${at}`)],
    );
    writeRows(input, values.input ?? new Float32Array(), batch);
    for (const [at, { products }] of biases.entries()) writeRows(products, values[`bias ${at}`] ?? new Float32Array(), batch);
  }
  return { input, biases };
}

function composedOnce(context: OnnxContext, contrasted: boolean): Composed {
  const known = composed.get(context) ?? new Map<boolean, Composed>();
  composed.set(context, known);
  const found = known.get(contrasted) ?? compose(context, contrasted);
  known.set(contrasted, found);
  return found;
}

function compose({ model, gradientBatchSize: rows }: OnnxContext, contrasted: boolean): Composed {
  const builder = new GraphBuilder('biases');
  const x = builder.input('x', 'float', [rows, ...model.input.shape]);
  const input = channelsFirst(builder, x, model.input.shape);
  const { output } = forward(builder, model, input);
  const seed = seedOf(builder, { rows, count: model.output.classes, contrasted });
  const biases = biasesOf(builder, { input, value: output }).flatMap((bias) => {
    const [batch, ...shape] = builder.info(bias.value).shape;
    const known = shape.filter((extent) => extent !== null);
    return batch === rows && known.length === shape.length ? [{ ...bias, shape: known }] : [];
  });
  const gradients = differentiate(builder, {
    ...{ value: output, gradient: seed },
    wrt: [input, ...biases.map(({ value }) => value)],
  });
  const product = (at: number, value: string) => builder.node('Mul', [gradients[at] ?? '', value]);
  builder.output(channelsLast(builder, product(0, input), model.input.shape), 'input');
  const places = biases.map(({ node, bias, positions, shape: [channels = 1, ...extents] }, at) => {
    const found = product(at + 1, builder.constant(bias, 'bias'));
    const shape = positions ? [...extents, channels] : [channels * sizeOf(extents)];
    builder.output(positions ? channelsLast(builder, found, shape) : found, `bias ${at}`);
    return { node, shape, positions };
  });
  return { graph: builder.build(), places };
}
