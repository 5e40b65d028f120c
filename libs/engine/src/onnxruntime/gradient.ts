import { differentiate, type Graph, GraphBuilder, type GraphNode, noRelu } from '@xaigrid/graph';
import { sizeOf } from '@xaigrid/tensor';
import type { GradientRequest, LayerGradient } from '../engine.js';
import { batchesOf, paddedExplained, paddedRows } from '../request/batches.js';
import { checkGradient } from '../request/check-request.js';
import { classFeeds } from './class-feeds.js';
import { asShown, channelsFirst, forward, seedOf } from './compose.js';
import { emptyTensor, modelLayer, type OnnxContext, writeRows } from './onnx-context.js';

/** What F is differentiated with respect to: the input, or a layer. */
interface Place {
  readonly of: string;
  /** The shape without the batch, channels last. */
  readonly shape: readonly number[];
  /** The value in the graph. Undefined for the input. */
  readonly value: string | undefined;
  readonly inOrder?: true;
}

/** ∂F, and the activations from the same run. */
export async function gradient(context: OnnxContext, request: GradientRequest): Promise<LayerGradient[]> {
  const { description, sessions, gradientBatchSize: batchSize } = context;
  const samples = checkGradient(description, request);
  const places = placesOf(context, request.wrt);
  const reduced = request.reduce === 'positions';
  const answers = places.map(({ of, shape, value }) => ({
    of,
    activations: value === undefined ? request.inputs : emptyTensor([samples, ...shape]),
    gradient: emptyTensor(reduced ? [samples, shape.at(-1) ?? 1] : [samples, ...shape]),
  }));
  if (places.length === 0) return answers;

  const contrasted = request.contrasts !== undefined;
  const { reluRule } = request;
  const bypass = bypassOf(context, request);
  const past = bypass === undefined ? '' : `past ${JSON.stringify(bypass)} `;
  const kind = `${contrasted ? 'of two ' : ''}${reluRule === undefined ? '' : `${reluRule} `}${past}`;
  const graph = await sessions.compiled(`gradient ${kind}${JSON.stringify(request.wrt)}`, () =>
    composeGradient(context, { places, contrasted, reluRule, bypass }),
  );
  const outputs = places.flatMap(({ value }, i) =>
    value === undefined ? [`gradient ${i}`] : [`gradient ${i}`, `activations ${i}`],
  );
  for (const batch of batchesOf(samples, batchSize)) {
    const data = paddedRows(request.inputs, batch, batchSize);
    const values = await graph.run(
      {
        x: { data, shape: [batchSize, ...description.inputShape] },
        ...classFeeds(paddedExplained(request, batch, batchSize)),
      },
      outputs,
    );
    answers.forEach((answer, i) => {
      const activations = values[`activations ${i}`];
      if (activations !== undefined) writeRows(answer.activations, activations, batch);
      const found = values[`gradient ${i}`];
      if (found === undefined) return;
      const [, ...shape] = answer.activations.shape;
      writeRows(answer.gradient, reduced ? meanOverPositions(found, shape) : found, batch);
    });
  }
  return answers;
}

function placesOf(context: OnnxContext, wrt: GradientRequest['wrt']): Place[] {
  if (wrt === 'input') return [{ of: 'input', shape: context.description.inputShape, value: undefined }];
  return wrt.map((name) => {
    const { shape, value, inOrder } = modelLayer(context, name);
    return { of: name, shape, value, ...(inOrder === undefined ? {} : { inOrder }) };
  });
}

/** The value whose place another takes, and that other. */
interface Bypass {
  readonly from: string;
  readonly to: string;
}

function bypassOf(context: OnnxContext, { bypass }: Pick<GradientRequest, 'bypass'>): Bypass | undefined {
  if (bypass === undefined) return undefined;
  return { from: modelLayer(context, bypass.from).value, to: modelLayer(context, bypass.to).value };
}

function composeGradient(
  { model, gradientBatchSize }: OnnxContext,
  {
    places,
    contrasted,
    reluRule,
    bypass,
  }: {
    readonly places: readonly Place[];
    readonly contrasted: boolean;
    readonly bypass: Bypass | undefined;
  } & Pick<GradientRequest, 'reluRule'>,
): Graph {
  const builder = new GraphBuilder('gradient');
  const x = builder.input('x', 'float', [gradientBatchSize, ...model.input.shape]);
  const input = channelsFirst(builder, x, model.input.shape);
  let earlier = '';
  const { output, valueOf } = forward(builder, model, input, (name, own) => {
    if (name === bypass?.from) earlier = own;
    return name === bypass?.to ? earlier : own;
  });
  const seed = seedOf(builder, { rows: gradientBatchSize, count: model.output.classes, contrasted });
  const values = places.map(({ value }) => (value === undefined ? input : valueOf(value)));
  const distinct = [...new Set(values)];
  const relus: GraphNode[] = [];
  const gradients = differentiate(builder, {
    ...{ value: output, gradient: seed, wrt: distinct, reluRule },
    passed: (node) => {
      if (node.op === 'Relu') relus.push(node);
    },
  });
  if (reluRule !== undefined && relus.length === 0) throw noRelu();
  places.forEach((place, i) => {
    const { value } = place;
    const activation = values[i] ?? '';
    const found = gradients[distinct.indexOf(activation)] ?? '';
    if (value !== undefined) builder.output(asShown(builder, activation, place), `activations ${i}`);
    builder.output(asShown(builder, found, place), `gradient ${i}`);
  });
  return builder.build();
}

/**
 * The mean over positions: `[rows, ...positions, channels]` → `[rows, channels]`. It is not in the graph because ONNX Runtime
 * sums a row in an order that depends on its place in the batch.
 */
function meanOverPositions(values: Float32Array, shape: readonly number[]): Float32Array {
  const channels = shape.at(-1) ?? 1;
  const positions = sizeOf(shape.slice(0, -1));
  const rows = values.length / (positions * channels);
  const means = new Float32Array(rows * channels);
  const sums = new Float64Array(channels);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let position = 0; position < positions; position++) {
      for (let channel = 0; channel < channels; channel++, at++) sums[channel] = (sums[channel] ?? 0) + (values[at] ?? 0);
    }
    for (let channel = 0; channel < channels; channel++) means[row * channels + channel] = (sums[channel] ?? 0) / positions;
  }
  return means;
}
