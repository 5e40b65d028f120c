import { MOST_CLASSES_ANSWERED, XaigridError, type MaskedOutputs, type MaskedQuestion } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { EngineSlots } from '@xaigrid/service';
import type { Store } from '@xaigrid/store';
import { argmaxRows, firstNotFinite, rowsOf, type Tensor } from '@xaigrid/tensor';
import { findEvaluation } from './find-evaluation.js';
import { maskedSamples } from './masked-samples.js';

/** How long an answer may take. A model that is opened first takes some seconds. */
const ANSWER_MS = 20_000;
/** Questions that may wait for the engine. The page asks one at a time. */
const MOST_WAITING = 4;

interface AskedParts extends Pick<RunControl, 'maps' | 'sample'> {
  readonly store: Pick<Store, 'runs'>;
  /** Absent where this process executes no models. */
  readonly engines: Pick<EngineSlots, 'use'> | undefined;
}

/** Asks the models of evaluations about samples that stored maps mask. Few questions wait, and none for longer than 20 s. */
export function createAskModel({ store, engines, maps, sample }: AskedParts): RunControl['askModel'] {
  let waiting = 0;

  return async (reference, { ordinal, sampleIndex }, question) => {
    const { plan } = await findEvaluation(store, reference, ordinal);
    if (engines === undefined)
      throw new XaigridError(
        'ENGINE_ABSENT',
        'This server asks no models: its workers compute on other machines. Open the page with xaigrid ui on a machine that reaches the store.',
      );
    if (waiting >= MOST_WAITING)
      throw new XaigridError('ENGINE_BUSY', 'Other questions wait for an engine. Ask again in a moment.');
    const read = await Promise.all([
      sample(reference, ordinal, sampleIndex),
      maps(reference, ordinal, sampleIndex, sampleIndex + 1),
    ]);
    const [{ input }, { maps: ownMap }] = read;
    const inputs = maskedSamples(input, ownMap, question);
    const signal = AbortSignal.timeout(ANSWER_MS);
    waiting += 1;
    const asked = engines
      .use(plan, async ({ engine }) => predictedInSteps(engine, inputs, signal))
      .finally(() => {
        waiting -= 1;
      });
    return answerOf(await inTime(asked, signal), question, sampleIndex);
  };
}

/** A question that nobody waits for any more ends after its current batch. */
async function predictedInSteps(
  engine: { readonly batchSize: number; predict(inputs: Tensor): Promise<Tensor> },
  inputs: Tensor,
  signal: AbortSignal,
): Promise<Tensor> {
  const rows = inputs.shape[0] ?? 0;
  const outputs: Tensor[] = [];
  for (let from = 0; from < rows; from += engine.batchSize) {
    signal.throwIfAborted();
    outputs.push(await engine.predict(rowsOf(inputs, from, Math.min(rows, from + engine.batchSize))));
  }
  const classes = outputs[0]?.shape[1] ?? 0;
  const data = new Float32Array(rows * classes);
  for (const [batch, output] of outputs.entries()) data.set(output.data, batch * engine.batchSize * classes);
  return { shape: [rows, classes], data };
}

async function inTime<Value>(asked: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () =>
      reject(new XaigridError('ENGINE_BUSY', `The model did not answer within ${ANSWER_MS / 1000} s. Ask again later.`)),
    );
  });
  return Promise.race([asked, late]);
}

/** @param outputs `[1 + n, classes]`: the whole sample, then the masked ones */
function answerOf(outputs: Tensor, { keepFractions }: MaskedQuestion, sampleIndex: number): MaskedOutputs {
  const bad = firstNotFinite(outputs.data);
  if (bad !== -1)
    throw new XaigridError(
      'NOT_FINITE',
      `The model’s output on sample ${sampleIndex} or on a masked one holds ${outputs.data[bad] ?? NaN}. Check the sample and the model’s weights for extreme values.`,
    );
  const of = argmaxRows(rowsOf(outputs, 0, 1))[0] ?? 0;
  return {
    class: of,
    whole: outputs.data[of] ?? NaN,
    masked: keepFractions.map((keepFraction, at) => {
      const own = rowsOf(outputs, at + 1, at + 2).data;
      return { keepFraction, output: own[of] ?? NaN, highest: highestOf(own) };
    }),
  };
}

function highestOf(outputs: Float32Array): MaskedOutputs['masked'][number]['highest'] {
  return Array.from(outputs, (output, index) => ({ class: index, output }))
    .sort((a, b) => b.output - a.output || a.class - b.class)
    .slice(0, MOST_CLASSES_ANSWERED);
}
