import {
  canonicalJson,
  XaigridError,
  type AggregatedMeasure,
  type ComputedBy,
  type DatasetReference,
  type Located,
  type PlannedEvaluation,
  type PlannedSetting,
  type Spec,
  type SpecExplainer,
  type SpecMetric,
} from '@xaigrid/contracts';
import { explainer, plannedAs } from '@xaigrid/explainers';
import { assertRedrawn, assertRegions, drawnAgain, metric, passesToScore, regionsScored } from '@xaigrid/metrics';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import type { TakenSamples } from './choices.js';
import { assertClass } from './fit.js';
import type { EvaluationToRun } from './merge-same.js';
import { assertNeed } from './model-needs.js';
import type { KnownModel } from './references.js';
import { withLocation } from './with-location.js';

export interface ModelToRun extends KnownModel {
  readonly computedBy: ComputedBy;
}

const jsonRecord = z.record(z.string(), z.json());

export interface EvaluationToPlan {
  readonly spec: Spec;
  readonly dataset: DatasetReference;
  /** The samples that take part. */
  readonly taken: TakenSamples;
  readonly model: ModelToRun;
  readonly entry: SpecExplainer & Located;
  readonly metrics: readonly (SpecMetric & Located)[];
  /**
   * A data set as the model takes it.
   * @throws SHAPE_MISMATCH if the model cannot take it.
   */
  readonly datasetFor: (name: string) => DatasetReference;
  readonly baseFolder: string;
}

/** One explainer of a spec on one data set and model, with everything resolved. */
export async function planEvaluation(work: EvaluationToPlan): Promise<EvaluationToRun> {
  const { spec, dataset, taken, model, entry } = work;
  const planned = await withLocation(entry, () => planExplainer(work));
  const scored: ScoredSetting[] = [];
  for (const chosen of work.metrics) scored.push(...(await withLocation(chosen, () => plannedSettings(chosen, work))));
  const settings = once(scored);
  const plan: PlannedEvaluation = {
    dataset,
    model: model.reference,
    engine: spec.engine,
    computedBy: model.computedBy,
    explainer: planned.explainer,
    explainedClass: entry.explainedClass,
    seed: spec.seed,
    samples: taken.samples,
    ...(taken.chosen === undefined ? {} : { chosen: taken.chosen }),
    settings: settings.map(({ setting }) => setting),
    label: entry.label,
  };
  return {
    plan,
    measures: settings.map(({ measures }) => measures),
    shardSize:
      spec.shardSize ??
      defaultShardSize(dataset, {
        again: drawnAgain(plan.settings),
        passes: passesToScore(plan.settings, model.description),
      }),
    notes: planned.notes,
    isAdded: entry.isAdded === true,
  };
}

/** @throws what the method refuses, and what its model or data set lacks */
export async function planExplainer(
  work: EvaluationToPlan,
): Promise<Pick<PlannedEvaluation, 'explainer'> & { readonly notes: readonly string[] }> {
  const { spec, dataset, taken, model, entry, baseFolder } = work;
  const method = explainer(entry.method);
  method.validate(entry.params, model.description);
  const need = method.needs?.(entry.params, model.description);
  await assertNeed(need, { engine: spec.engine, model: model.model, name: model.reference.name, method: entry.label });
  assertClass(entry.explainedClass, 'explainedClass', { model, dataset });
  const samples = { size: dataset.size, last: taken.last };
  return {
    explainer: {
      method: method.method,
      ...plannedAs(method, jsonRecord.parse(method.plannedParams(entry.params, model.description))),
      files: await method.files(entry.params, baseFolder),
      ...plannedBackground(entry, work),
    },
    notes: (await method.checkFiles?.(entry.params, { baseFolder, model: model.description, samples })) ?? [],
  };
}

/** The settings without repeats: `explained` may mean a class that another entry names. */
function once(scored: readonly ScoredSetting[]): ScoredSetting[] {
  return [...new Map(scored.map((one) => [canonicalJson(one.setting), one])).values()];
}

function plannedBackground(entry: SpecExplainer, work: EvaluationToPlan): Pick<PlannedEvaluation['explainer'], 'background'> {
  if (entry.background === undefined) return {};
  const dataset = work.datasetFor(entry.background.dataset);
  const size = entry.background.size ?? dataset.size;
  if (size > dataset.size) {
    throw new XaigridError(
      'SPEC_INVALID',
      `The background of "${entry.label}" asks for ${size} samples; data set "${dataset.name}" has ${dataset.size}.`,
    );
  }
  // All samples are the same set, whatever the selection: one key for both.
  return { background: { dataset, size, selection: size === dataset.size ? 'first' : entry.background.selection } };
}

interface ScoredSetting {
  readonly setting: PlannedSetting;
  readonly measures: readonly AggregatedMeasure[];
}

/** @throws where the metric cannot score this explainer on this data set */
export function plannedSettings(
  chosen: SpecMetric,
  { entry, model, dataset }: Pick<EvaluationToPlan, 'entry' | 'model' | 'dataset'>,
): ScoredSetting[] {
  const scorer = metric(chosen.metric);
  const scoredClass = chosen.scoredClass === 'explained' ? entry.explainedClass : chosen.scoredClass;
  assertClass(scoredClass, 'scoredClass', { model, dataset });
  assertRegions(scorer, dataset);
  assertRedrawn(scorer, explainer(entry.method));
  const divisor = scorer.divisor?.(chosen.params);
  return scorer.settings(chosen.params, model.description).map((setting) => ({
    setting: {
      metric: scorer.metric,
      version: scorer.version,
      scoredClass,
      setting: jsonRecord.parse(setting),
      ...regionsScored(scorer, dataset),
      ...(divisor === undefined ? {} : { divisor }),
    },
    measures: scorer.measures,
  }));
}

/** The most passes of a shard that metrics make themselves: half a minute for a small image network, minutes for a ResNet-50. */
const MOST_PASSES = 10_000;

/**
 * The default number of samples per shard: about a million input values, so that a shard of images takes seconds and a shard of
 * short signals is not mostly overhead. If metrics draw maps again, the total number of maps counts. If they take thousands of
 * passes per sample, shards have fewer samples, so that progress is visible and little is lost with a worker.
 */
function defaultShardSize(
  dataset: DatasetReference,
  { again, passes }: { readonly again: number; readonly passes: number },
): number {
  const shard = 2 ** 20 / sizeOf(dataset.sampleShape);
  const samples = Math.max(8, Math.round(Math.min(100, shard) / (1 + again)));
  return Math.max(1, Math.min(samples, Math.floor(MOST_PASSES / Math.max(1, passes))));
}
