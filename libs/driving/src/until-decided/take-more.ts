import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  canonicalJson,
  nextStretch,
  rangeAt,
  scaleOf,
  XaigridError,
  type Decisions,
  type UntilDecided,
} from '@xaigrid/contracts';
import { describeMeasure } from '@xaigrid/metrics';
import type { Logger } from '@xaigrid/service';
import type { EvaluationRecord, OrderedColumn, RunRecord, Store } from '@xaigrid/store';
import { decidePairs, type PairScores } from './decide-pairs.js';

export interface TakingParts {
  readonly store: { readonly runs: Pick<Store['runs'], 'evaluations' | 'decide' | 'takeMore'> } & {
    readonly results: Pick<Store['results'], 'scoresInOrder'>;
  };
  readonly logger: Pick<Logger, 'info'>;
}

/**
 * Looks at the pairs of a run whose shards are all done, notes what is decided, and gives more samples to the data sets and models
 * that have undecided pairs.
 * @returns whether there is more to do. A run that takes all its samples has nothing more.
 */
export async function takeMoreSamples({ id, untilDecided }: RunRecord, { store, logger }: TakingParts): Promise<boolean> {
  if (untilDecided === undefined) return false;
  const evaluations = await store.runs.evaluations(id);
  const decisions = await decisionsOf(id, { untilDecided, evaluations, results: store.results });
  await store.runs.decide(id, decisions);
  const decided = decisions.pairs.filter(({ verdict }) => verdict !== 'undecided').length;
  let goesOn = false;
  for (const { dataset, model, samples, of, end } of decisions.taken) {
    logger.info({ runId: id, dataset, model, samples, of, decided, pairs: decisions.pairs.length, end }, 'pairs looked at');
    if (end !== undefined) continue;
    const own = evaluations.filter(({ plan }) => plan.dataset.name === dataset && plan.model.name === model);
    const upTo = nextStretch(samples, Math.min(of, untilDecided.most ?? of));
    await store.runs.takeMore(id, { evaluationIds: own.map((one) => one.id), from: samples, upTo });
    goesOn = true;
  }
  return goesOn;
}

async function decisionsOf(
  runId: string,
  {
    untilDecided: asked,
    evaluations,
    results,
  }: {
    readonly untilDecided: UntilDecided;
    readonly evaluations: readonly EvaluationRecord[];
    readonly results: TakingParts['store']['results'];
  },
): Promise<Decisions> {
  const columns = new Map<string, OrderedColumn>();
  const sides = asked.pairs.map(({ first, second, ...what }) =>
    [first, second].map((evaluation) => {
      const key = canonicalJson([evaluation, { ...what }]);
      columns.set(key, { evaluation, ...what });
      return key;
    }),
  );
  const read = await results.scoresInOrder(runId, [...columns.values()]);
  const scores = new Map([...columns.keys()].map((key, at) => [key, read[at] ?? new Float64Array()]));
  const pairs = asked.pairs.map((pair, at): PairScores => {
    const [first, second] = (sides[at] ?? []).map((key) => scores.get(key));
    const measure = describeMeasure(pair.metric, pair.measure);
    if (first === undefined || second === undefined || measure === undefined)
      throw new XaigridError('INTERNAL', `Run ${runId} asks for ${pair.measure} of ${pair.metric}, which is not known here.`);
    // With another target than probabilities, nothing is known of the range.
    return { pair, first, second, measure: { ...measure, range: rangeAt(measure, pair.setting), scale: scaleOf(measure) } };
  });
  return decidePairs(pairs, {
    asked,
    evaluations: evaluations.map(({ plan: { dataset, model, label, samples } }) => ({
      ...{ dataset: dataset.name, model: model.name, label, samples, datasetSize: dataset.size },
    })),
    pause: () => nextTurn(),
  });
}
