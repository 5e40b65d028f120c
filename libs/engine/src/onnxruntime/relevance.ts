import { GraphBuilder, relevance as propagated, type Graph } from '@xaigrid/graph';
import type { Relevance, RelevanceRequest } from '../engine.js';
import { batchesOf, paddedExplained, paddedRows } from '../request/batches.js';
import { checkRelevance } from '../request/check-request.js';
import { classFeeds } from './class-feeds.js';
import { channelsFirst, channelsLast, forward, seedOf } from './compose.js';
import { emptyTensor, type OnnxContext, writeRows } from './onnx-context.js';

/** Relevance of the input, by one pass forward and back. */
export async function relevance(context: OnnxContext, request: RelevanceRequest): Promise<Relevance> {
  const { description, sessions, gradientBatchSize: batchSize } = context;
  const samples = checkRelevance(description, request);
  const answer = {
    relevance: emptyTensor([samples, ...description.inputShape]),
    start: new Float64Array(samples),
    absorbed: new Float64Array(samples),
  };
  const { rules, start } = request;
  const contrasted = request.contrasts !== undefined;
  const key = `relevance ${contrasted ? 'of two ' : ''}from ${start} by ${JSON.stringify(rules)}`;
  const graph = await sessions.compiled(key, () => composeRelevance(context, { rules, start, contrasted }));
  for (const batch of batchesOf(samples, batchSize)) {
    const data = paddedRows(request.inputs, batch, batchSize);
    const values = await graph.run(
      {
        x: { data, shape: [batchSize, ...description.inputShape] },
        ...classFeeds(paddedExplained(request, batch, batchSize)),
      },
      ['relevance', 'start', 'absorbed'],
    );
    writeRows(answer.relevance, values.relevance, batch);
    writeSums(answer.start, values.start, batch.start, batchSize);
    writeSums(answer.absorbed, values.absorbed, batch.start, batchSize);
  }
  return answer;
}

function composeRelevance(
  { model, gradientBatchSize: rows }: OnnxContext,
  { rules, start, contrasted }: Pick<RelevanceRequest, 'rules' | 'start'> & { readonly contrasted: boolean },
): Graph {
  const builder = new GraphBuilder('relevance');
  const x = builder.input('x', 'float', [rows, ...model.input.shape]);
  const input = channelsFirst(builder, x, model.input.shape);
  const { output } = forward(builder, model, input);
  const chosen = seedOf(builder, { rows, count: model.output.classes, contrasted });
  const seed = start === 'one' ? chosen : builder.node('Mul', [chosen, output]);
  const found = propagated(builder, { value: output, seed, input, rules });
  builder.output(channelsLast(builder, found.relevance, model.input.shape), 'relevance');
  builder.output(seed, 'start');
  builder.output(found.absorbed, 'absorbed');
  return builder.build();
}

/** The sum of each row of a batch, in float64. Rows beyond the answer are padding. */
function writeSums(answer: Float64Array, values: Float32Array, start: number, rows: number): void {
  const width = values.length / rows;
  for (let row = 0; row < rows && start + row < answer.length; row++) {
    let sum = 0;
    for (let at = row * width; at < (row + 1) * width; at++) sum += values[at] ?? 0;
    answer[start + row] = sum;
  }
}
