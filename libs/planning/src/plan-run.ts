import {
  XaigridError,
  type DatasetReference,
  type LocalFile,
  type PlannedEvaluation,
  type Spec,
  type UntilDecided,
} from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import { cacheFolder } from '@xaigrid/service';
import { checkModels, type ModelToCheck } from './check-models.js';
import { createChecksCache } from './checks-cache.js';
import { createChoices } from './choices.js';
import { withCosts, type CostedEvaluation } from './cost.js';
import { backendNotes, engineFor } from './engine-for.js';
import { withFeatureNames } from './feature-names.js';
import { assertFit, classesNote } from './fit.js';
import { fitDatasets, layoutNote, type FittedDatasets } from './layouts.js';
import { mergeSame, type EvaluationToRun } from './merge-same.js';
import { assertEngineFits } from './model-needs.js';
import { planControl } from './plan-control.js';
import { planEvaluation, type ModelToRun } from './plan-evaluation.js';
import { referenceModel, type KnownModel, type PlannedDataset, type ReadingOptions } from './references.js';
import { planUntilDecided, refuseLimit, untilDecidedNotes } from './until-decided.js';

/** A planned run: its evaluations, and everything that submitting it needs. */
export interface PlannedRun {
  readonly evaluations: readonly CostedEvaluation[];
  /** The models by their names in the spec. */
  readonly models: ReadonlyMap<string, Model>;
  /** Every file that a worker may need, without repeats. */
  readonly files: readonly LocalFile[];
  /** The samples of the choices that plans refer to, by key. */
  readonly choices: ReadonlyMap<string, Int32Array<ArrayBuffer>>;
  /** What must be decided before the run stops. Absent: it takes all the samples of its plans. */
  readonly untilDecided?: UntilDecided;
  /** What the user should know before anything is computed, one sentence each: what was left out, and what xaigrid chose. */
  readonly notes: readonly string[];
}

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
    readonly onReading?: ReadingOptions['onReading'];
  },
): Promise<PlannedRun> {
  const { baseFolder, signal, keepChecks, onReading } = options;
  refuseLimit(spec);
  const models = new Map<string, ModelToRun>();
  for (const name of new Set(spec.evaluations.map(({ model }) => model))) {
    const entry = spec.models[name];
    if (entry === undefined) continue;
    const opened = await referenceModel(name, entry, baseFolder);
    await assertEngineFits(spec.engine, name, opened.model);
    models.set(name, { ...opened, computedBy: await engineFor(opened.model, spec, signal) });
  }
  const datasets = await fitDatasets(spec, { baseFolder, meetings: meetingsOf(spec, models), signal, onReading });
  const used = new Set<PlannedDataset>();
  const choices = createChoices(spec);
  const named: EvaluationToRun[] = [];
  const classNotes = new Set<string>();
  const leftOut: string[] = [];
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
    for (const entry of evaluation.explainers) {
      const work = { spec, dataset, taken, model, entry, metrics, datasetFor, baseFolder };
      if (entry.isAdded === true) {
        const control = await planControl(work);
        named.push(...control.planned);
        leftOut.push(...control.leftOut);
      } else {
        named.push(await planEvaluation(work));
      }
    }
  }
  const { evaluations, notes } = mergeSame(named);
  const untilDecided =
    spec.untilDecided === undefined
      ? undefined
      : planUntilDecided(
          spec.untilDecided,
          evaluations.map(({ plan }) => plan),
        );
  const unchecked = await checkModels(modelsToCheck(spec, models, datasets), {
    ...{ engine: spec.engine, cache: createChecksCache(cacheFolder(), { keeps: keepChecks }), signal },
  });
  const files = [...filesOf(evaluations.map(({ plan }) => plan)), ...[...used].flatMap((dataset) => dataset.files)];
  return {
    evaluations: await withCosts(evaluations, (name) => known(models, name)),
    models: new Map([...models].map(([name, { model }]) => [name, model])),
    files: [...new Map(files.map((file) => [file.sha256, file])).values()],
    choices: choices.made,
    ...(untilDecided === undefined ? {} : { untilDecided }),
    notes: [
      ...datasets.notes,
      ...classNotes,
      ...choices.notes,
      ...(untilDecided === undefined
        ? []
        : untilDecidedNotes(
            untilDecided,
            evaluations.map(({ plan }) => plan),
          )),
      ...[...models].flatMap(([name, { model }]) => layoutNote(name, model) ?? []),
      ...backendNotes(spec.engine, [...models]),
      ...unchecked,
      ...leftOut,
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

function filesOf(plans: readonly PlannedEvaluation[]): LocalFile[] {
  return plans.flatMap(({ model, explainer: { files } }) => [...model.files, ...files]);
}
