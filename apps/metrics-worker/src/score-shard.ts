import { XaigridError, type PlannedEvaluation, type PlannedSetting } from '@xaigrid/contracts';
import { metric } from '@xaigrid/metrics';
import { classesByPolicy, requireAlgorithmVersion, type EngineSlots, type Materials } from '@xaigrid/service';
import type { EvaluationRecord, Store } from '@xaigrid/store';
import { rowsOf, takeRows, type Tensor } from '@xaigrid/tensor';

export interface ScoreContext {
  readonly store: Store;
  readonly materials: Materials;
  readonly slots: EngineSlots;
}

type CompletedScores = Parameters<Store['shards']['completeScore']>[0];
export type ScoredShard = Pick<CompletedScores, 'scores' | 'computed' | 'reused'>;

/** One score set to fill: the setting, its set, and the samples it lacks. */
interface OpenSetting {
  readonly planned: PlannedSetting;
  readonly scoreSetId: number;
  readonly missing: Int32Array<ArrayBuffer>;
}

/**
 * Scores all settings of one shard that are not fully stored yet. The maps are read once, all settings of one metric are
 * scored from them together.
 */
export async function scoreShard(
  context: ScoreContext,
  evaluation: EvaluationRecord,
  range: { readonly start: number; readonly end: number },
  signal: AbortSignal,
): Promise<ScoredShard> {
  const { store } = context;
  const { plan } = evaluation;
  const { start, end } = range;
  const samples = end - start;
  const missing = await store.scores.missing(evaluation.scoreSetIds, start, end);
  const open: OpenSetting[] = plan.settings.flatMap((planned, index) => {
    const scoreSetId = evaluation.scoreSetIds[index];
    const indices = missing[index];
    // Settings that only differ in their divisor have the same scores.
    const again = scoreSetId !== undefined && evaluation.scoreSetIds.indexOf(scoreSetId) < index;
    return scoreSetId === undefined || again || indices === undefined || indices.length === 0
      ? []
      : [{ planned, scoreSetId, missing: indices }];
  });
  const computed = open.reduce((sum, { missing: indices }) => sum + indices.length, 0);
  const reused = plan.settings.length * samples - computed;
  if (open.length === 0) return { scores: [], computed, reused };

  const dataset = await context.materials.dataset(plan.dataset);
  const [{ inputs, regions }, { maps, degenerate }, { outputs, labels }] = await Promise.all([
    dataset.read(start, end, signal),
    store.maps.read(evaluation.mapSetId, start, end),
    store.predictions.read(evaluation.predictionSetId, start, end),
  ]);
  const all: SamplesToScore = { inputs, maps, degenerate, outputs, labels, ...(regions === undefined ? {} : { regions }) };
  const scores: CompletedScores['scores'][number][] = [];
  for (const group of groupByMetric(open)) {
    const sampleIndices = group[0]?.missing ?? new Int32Array();
    const samples = take(
      all,
      sampleIndices.map((sampleIndex) => sampleIndex - start),
    );
    scores.push(...(await scoreGroup({ slots: context.slots, plan, group, sampleIndices, samples, signal })));
  }
  return { scores, computed, reused };
}

/** Settings that one call can score together: same metric, same scored class, the same samples missing. */
function groupByMetric(open: readonly OpenSetting[]): OpenSetting[][] {
  const groups = new Map<string, OpenSetting[]>();
  for (const setting of open) {
    const key = `${setting.planned.metric} ${setting.planned.version} ${setting.planned.scoredClass} ${setting.missing.join(',')}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [setting]);
    else group.push(setting);
  }
  return [...groups.values()];
}

/** What the samples of one range are scored from, row by row; parts of it are views. */
interface SamplesToScore {
  readonly inputs: Tensor;
  readonly maps: Tensor;
  readonly degenerate: readonly boolean[];
  readonly outputs: Tensor;
  readonly labels: Int32Array<ArrayBuffer>;
  readonly regions?: Tensor;
}

function take(samples: SamplesToScore, rows: Int32Array<ArrayBuffer>): SamplesToScore {
  return {
    inputs: takeRows(samples.inputs, rows),
    maps: takeRows(samples.maps, rows),
    degenerate: Array.from(rows, (row) => samples.degenerate[row] ?? false),
    outputs: takeRows(samples.outputs, rows),
    labels: rows.map((row) => samples.labels[row] ?? 0),
    ...(samples.regions === undefined ? {} : { regions: takeRows(samples.regions, rows) }),
  };
}

interface GroupToScore {
  readonly slots: EngineSlots;
  readonly plan: PlannedEvaluation;
  readonly group: readonly OpenSetting[];
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  readonly samples: SamplesToScore;
  readonly signal: AbortSignal;
}

async function scoreGroup(work: GroupToScore): Promise<CompletedScores['scores'][number][]> {
  const { slots, plan, group, sampleIndices, samples, signal } = work;
  const [first] = group;
  if (first === undefined) return [];
  const scorer = metric(first.planned.metric);
  const { metric: name, version: wanted } = first.planned;
  await requireAlgorithmVersion({ doer: `scores ${name}`, ours: scorer.version, wanted }, signal);
  const count = sampleIndices.length;
  const classes = classesByPolicy(first.planned.scoredClass, samples.outputs, samples.labels);
  const measures = group.map(() => scorer.measures.map(() => new Float64Array(count)));
  await slots.use(plan.model, plan.engine, async ({ engine }) => {
    const step = Math.max(1, scorer.samplesPerCall(engine, group.length));
    for (let from = 0; from < count; from += step) {
      signal.throwIfAborted();
      const to = Math.min(count, from + step);
      const scored = await scorer.score({
        engine,
        inputs: rowsOf(samples.inputs, from, to),
        maps: rowsOf(samples.maps, from, to),
        predictions: rowsOf(samples.outputs, from, to),
        classes: classes.slice(from, to),
        sampleIndices: sampleIndices.slice(from, to),
        settings: group.map(({ planned }) => planned.setting),
        ...(samples.regions === undefined ? {} : { regions: rowsOf(samples.regions, from, to) }),
        signal,
      });
      scorer.measures.forEach(({ name }, m) => {
        const values = scored.measures[name];
        if (values === undefined) throw new XaigridError('INTERNAL', `${scorer.metric} did not return its measure "${name}".`);
        group.forEach((_, s) => measures[s]?.[m]?.set(values.subarray(s * (to - from), (s + 1) * (to - from)), from));
      });
    }
  });
  return group.map(({ scoreSetId }, s) => ({
    scoreSetId,
    sampleIndices,
    measures: measures[s] ?? [],
    degenerate: samples.degenerate,
  }));
}
