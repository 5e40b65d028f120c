import {
  canonicalJson,
  XaigridError,
  type ComputedBy,
  type DatasetReference,
  type LocalFile,
  type Located,
  type AggregatedMeasure,
  type PlannedEvaluation,
  type PlannedSetting,
  type Spec,
  type SpecExplainer,
  type SpecMetric,
} from '@xaigrid/contracts';
import { explainer, plannedAs } from '@xaigrid/explainers';
import type { Model } from '@xaigrid/graph';
import { assertRedrawn, assertRegions, drawnAgain, passesToScore, metric } from '@xaigrid/metrics';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { cacheFolder } from '@xaigrid/service';
import { checkModels, type ModelToCheck } from './check-models.js';
import { createChecksCache } from './checks-cache.js';
import { createChoices, type TakenSamples } from './choices.js';
import { withCosts, type CostedEvaluation } from './cost.js';
import { backendNotes, engineFor } from './engine-for.js';
import { withFeatureNames } from './feature-names.js';
import { assertClass, assertFit, classesNote } from './fit.js';
import { fitDatasets, layoutNote, type FittedDatasets } from './layouts.js';
import { mergeSame, type EvaluationToRun } from './merge-same.js';
import { assertEngineFits, assertNeed } from './model-needs.js';
import { referenceModel, type KnownModel, type PlannedDataset } from './references.js';
import { withLocation } from './with-location.js';

/** A planned run: its evaluations, and everything that submitting it needs. */
export interface PlannedRun {
  readonly evaluations: readonly CostedEvaluation[];
  /** The models by their names in the spec. */
  readonly models: ReadonlyMap<string, Model>;
  /** Every file that a worker may need, without repeats. */
  readonly files: readonly LocalFile[];
  /** The samples of the choices that plans refer to, by key. */
  readonly choices: ReadonlyMap<string, Int32Array<ArrayBuffer>>;
  /** What the user should know before anything is computed, one sentence each: what was left out, and what xaigrid chose. */
  readonly notes: readonly string[];
}

interface ModelToRun extends KnownModel {
  readonly computedBy: ComputedBy;
}

const jsonRecord = z.record(z.string(), z.json());

/**
 * Turns a spec into evaluations that any worker can compute. It hashes files, opens data sets and models once, checks them
 * against each other, and completes parameters. Only a few samples run through each model, to check that it is read correctly.
 * Every mistake in the spec is found here.
 */
export async function planRun(
  spec: Spec,
  options: {
    readonly baseFolder: string;
    readonly signal?: AbortSignal;
    /** Whether passed checks of models are stored in the user's cache for the next plan. Default true. */
    readonly keepChecks?: boolean;
  },
): Promise<PlannedRun> {
  const { baseFolder, signal, keepChecks } = options;
  const models = new Map<string, ModelToRun>();
  for (const name of new Set(spec.evaluations.map(({ model }) => model))) {
    const entry = spec.models[name];
    if (entry === undefined) continue;
    const opened = await referenceModel(name, entry, baseFolder);
    await assertEngineFits(spec.engine, name, opened.model);
    models.set(name, { ...opened, computedBy: await engineFor(opened.model, spec, signal) });
  }
  const datasets = await fitDatasets(spec, { baseFolder, meetings: meetingsOf(spec, models), signal });
  const used = new Set<PlannedDataset>();
  const choices = createChoices(spec.limit);
  const named: EvaluationToRun[] = [];
  const classNotes = new Set<string>();
  // One after the other: the first error is reported, and no other promise is left without a handler.
  for (const evaluation of spec.evaluations) {
    const model = known(models, evaluation.model);
    const datasetFor = (name: string): DatasetReference => {
      const planned = datasets.forModel(name, model);
      used.add(planned);
      assertFit(planned, spec.datasets[name], model);
      return planned.reference;
    };
    const dataset = withFeatureNames(datasetFor(evaluation.dataset), model);
    const set = datasets.forModel(evaluation.dataset, model);
    const classes = classesNote(set, model);
    if (classes !== undefined) classNotes.add(classes);
    const taken = choices.of(set);
    const { metrics } = evaluation;
    for (const entry of evaluation.explainers)
      named.push(await planEvaluation({ spec, dataset, taken, model, entry, metrics, datasetFor, baseFolder }));
  }
  const { evaluations, notes } = mergeSame(named);
  const unchecked = await checkModels(modelsToCheck(spec, models, datasets), {
    ...{ engine: spec.engine, cache: createChecksCache(cacheFolder(), { keeps: keepChecks }), signal },
  });
  const files = [...filesOf(evaluations.map(({ plan }) => plan)), ...[...used].flatMap((dataset) => dataset.files)];
  return {
    evaluations: await withCosts(evaluations, (name) => known(models, name)),
    models: new Map([...models].map(([name, { model }]) => [name, model])),
    files: [...new Map(files.map((file) => [file.sha256, file])).values()],
    choices: choices.made,
    notes: [
      ...datasets.notes,
      ...classNotes,
      ...choices.notes,
      ...[...models].flatMap(([name, { model }]) => layoutNote(name, model) ?? []),
      ...backendNotes(spec.engine, [...models]),
      ...unchecked,
      ...notes,
    ],
  };
}

/** Which data sets, of samples and of backgrounds, are used with which models. */
function meetingsOf(spec: Spec, models: ReadonlyMap<string, KnownModel>): { dataset: string; model: KnownModel }[] {
  return spec.evaluations.flatMap((evaluation) => {
    const backgrounds = evaluation.explainers.flatMap(({ background }) => (background === undefined ? [] : [background.dataset]));
    return [evaluation.dataset, ...backgrounds].map((dataset) => ({ dataset, model: known(models, evaluation.model) }));
  });
}

/** Each model, with samples of the first data set that it is evaluated on. */
function modelsToCheck(spec: Spec, models: ReadonlyMap<string, KnownModel>, datasets: FittedDatasets): ModelToCheck[] {
  return [...models].flatMap(([name, known]) => {
    const { dataset } = spec.evaluations.find(({ model }) => model === name) ?? {};
    if (dataset === undefined) return [];
    const { probes: samples } = datasets.forModel(dataset, known);
    return [{ name, model: known.model, files: known.reference.files, samples }];
  });
}

function known<Value>(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new XaigridError('INTERNAL', `"${name}" passed the spec's checks but was not planned.`);
  return value;
}

interface EvaluationToPlan {
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

async function planEvaluation(work: EvaluationToPlan): Promise<EvaluationToRun> {
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
  };
}

async function planExplainer(
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

function plannedSettings(
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

function filesOf(plans: readonly PlannedEvaluation[]): LocalFile[] {
  return plans.flatMap(({ model, explainer: { files } }) => [...model.files, ...files]);
}
