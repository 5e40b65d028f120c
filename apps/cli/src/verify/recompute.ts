import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fileToShare,
  mapSetKey,
  MOST_SCORES,
  reviveError,
  submittedChoices,
  XaigridError,
  type PlannedEvaluation,
  type RunEvaluation,
  type ScoreRow,
  type Spec,
} from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import { planRun, type PlannedRun } from '@xaigrid/planning';
import { rowsOf } from '@xaigrid/tensor';
import { openControl } from '../open-control.js';
import { runScores } from '../export/run-scores.js';
import type { ReadSpec } from '../read-spec.js';
import type { ComputedMap } from './compare.js';
import type { Manifest } from './read-export.js';

/** What was computed again of one evaluation of an export. */
export interface Recomputed {
  readonly evaluation: RunEvaluation;
  readonly maps: readonly ComputedMap[];
  readonly scores: readonly ScoreRow[];
}

export interface RecomputeOptions {
  /** How many samples of each data set. */
  readonly samples: number;
  /** Which, where the export has whole data sets. */
  readonly seed: number;
  readonly threads?: number;
  /** When the samples begin to be computed. */
  readonly onStart: (planned: PlannedRun) => void;
}

/**
 * Computes some samples of an export in a store of its own, which is removed.
 * @throws NOT_REPRODUCED if data, models or methods are not those of the export
 */
export async function recompute(
  manifest: Manifest,
  { spec, text, baseFolder }: ReadSpec,
  { samples, seed, threads, onStart }: RecomputeOptions,
): Promise<Recomputed[]> {
  const limited = { ...spec, limit: limitOf(manifest, { samples, seed }) };
  delete limited.untilDecided;
  const planned = await planRun(limited, { baseFolder });
  const chosen = sameEvaluations(manifest, planned);
  onStart(planned);
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-verify-'));
  try {
    const open = await openControl({
      store: join(folder, 'store'),
      makeStore: true,
      ...(threads === undefined ? {} : { threads }),
    });
    try {
      const { control, embedded } = open;
      await control.shareFiles(planned.files.flatMap((file) => fileToShare(file) ?? []));
      const { id } = await control.submit({
        ...{ name: spec.name, priority: spec.priority, specText: text },
        evaluations: chosen.map(({ at }) => planned.evaluations[at]).flatMap((evaluation) => submitted(evaluation)),
        ...submittedChoices(planned.choices),
      });
      await embedded?.startWorkers();
      await control.follow(id, { onProgress: () => undefined, signal: new AbortController().signal });
      return await resultsOf(
        control,
        id,
        chosen.map(({ evaluation }) => evaluation),
      );
    } finally {
      await open.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function submitted(evaluation: PlannedRun['evaluations'][number] | undefined) {
  return evaluation === undefined ? [] : [{ plan: evaluation.plan, shardSize: evaluation.shardSize, work: evaluation.work }];
}

/** The limit whose samples the export has too: a smaller one of the same seed, or any of a whole data set. */
function limitOf({ run }: Manifest, { samples, seed }: Pick<RecomputeOptions, 'samples' | 'seed'>): NonNullable<Spec['limit']> {
  const least = Math.min(samples, ...run.evaluations.map((evaluation) => evaluation.samples));
  const choice = run.evaluations.find(({ chosen }) => chosen !== undefined)?.chosen;
  if (choice !== undefined)
    return { samples: least, choose: choice.choose === 'until-decided' ? 'random' : choice.choose, seed: choice.seed };
  const isPart = run.evaluations.some((evaluation) => evaluation.samples < (evaluation.datasetSize ?? evaluation.samples));
  return { samples, choose: isPart ? 'first' : 'stratified', seed };
}

interface SameEvaluation {
  readonly evaluation: RunEvaluation;
  /** Its place in the plan. */
  readonly at: number;
}

/** Of each exported evaluation the planned one that has the same maps. */
function sameEvaluations({ run, maps }: Manifest, planned: PlannedRun): SameEvaluation[] {
  const exported = new Set(maps.map(({ evaluation }) => evaluation));
  return run.evaluations
    .filter(({ ordinal }) => exported.has(ordinal))
    .map((evaluation) => {
      const at = planned.evaluations.findIndex(
        ({ plan }) => mapSetKey(plan) === evaluation.mapSetKey && plan.label === evaluation.label,
      );
      if (at >= 0) return { evaluation, at };
      const same = planned.evaluations.map(({ plan }) => plan).find(({ label }) => label === evaluation.label);
      throw new XaigridError(
        'NOT_REPRODUCED',
        `Evaluation ${evaluation.ordinal} (${evaluation.label}): ${whyOther(evaluation, same)}`,
      );
    });
}

function whyOther(evaluation: RunEvaluation, plan: PlannedEvaluation | undefined): string {
  if (plan === undefined)
    return 'the spec of the export has none of this name. If the run was changed by --set, give the same --set here.';
  const { dataset, model, explainer } = plan;
  if (dataset.fingerprint !== evaluation.datasetFingerprint)
    return `data set "${dataset.name}" here is not that of the export: its fingerprint is ${dataset.fingerprint.slice(0, 12)}…, and that of the export ${evaluation.datasetFingerprint.slice(0, 12)}…. --base names the folder that the paths of the spec are relative to.`;
  if (model.fingerprint !== evaluation.modelFingerprint)
    return `model "${model.name}" here is not that of the export: its fingerprint is ${model.fingerprint.slice(0, 12)}…, and that of the export ${evaluation.modelFingerprint.slice(0, 12)}…. --base names the folder that the paths of the spec are relative to.`;
  if (explainer.version !== evaluation.methodVersion)
    return `this xaigrid has version ${explainer.version} of the method, and the export was made with version ${evaluation.methodVersion}. Verify it with the xaigrid that made it; manifest.json says which.`;
  return 'seed, engine or parameters are not those of the export. If the run was changed by options or --set, give the same --set here.';
}

async function resultsOf(control: RunControl, id: string, exported: readonly RunEvaluation[]): Promise<Recomputed[]> {
  const { evaluations, failures, error, state } = await control.show(id);
  const [failure] = failures;
  if (failure !== undefined) throw reviveError(failure);
  if (state !== 'done') throw reviveError(error ?? { code: 'INTERNAL', message: `The samples were not computed: ${state}.` });
  return Promise.all(
    evaluations.map(async (own, at) => {
      const evaluation = exported[at] ?? own;
      const scores: ScoreRow[] = [];
      for await (const page of runScores(control, { id, evaluations: [own] }, {}, MOST_SCORES)) scores.push(...page);
      return { evaluation, maps: await mapsOf(control, id, own), scores };
    }),
  );
}

async function mapsOf(control: RunControl, id: string, { ordinal, samples }: RunEvaluation): Promise<ComputedMap[]> {
  const { sampleIndices = Array.from({ length: samples }, (_, index) => index) } = await control.evaluation(id, ordinal);
  const maps: ComputedMap[] = [];
  for (const sampleIndex of sampleIndices) {
    const { maps: one } = await control.maps(id, ordinal, sampleIndex, sampleIndex + 1);
    maps.push({ sampleIndex, values: Float32Array.from(rowsOf(one, 0, 1).data) });
  }
  return maps;
}
