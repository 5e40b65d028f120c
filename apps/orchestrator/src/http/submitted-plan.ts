import { choiceKey, XaigridError, type FileReference, type PlannedEvaluation, type RunSubmission } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import { checkUntilDecided } from './submitted-until-decided.js';
import { explainer, versionDrawn } from '@xaigrid/explainers';
import { assertRedrawn, assertRegions, metric, regionsScored } from '@xaigrid/metrics';
import type { ArtifactRepository } from '@xaigrid/store';

/** The most bytes of a plan: enough for four million chosen samples. */
export const PLAN_LIMIT = 32 * 1024 * 1024;

/** The most shards of a run. It bounds what one request writes into the store. */
const MOST_SHARDS = 1_000_000;

/**
 * A plan without the paths of the machine where it was planned: here they would lead to other files, or to files of somebody
 * else.
 */
export function withoutFilePaths(plan: PlannedEvaluation): PlannedEvaluation {
  const { dataset, model, explainer: planned } = plan;
  const { background } = planned;
  return {
    ...plan,
    dataset: { ...dataset, files: stripped(dataset.files) },
    model: { ...model, files: stripped(model.files) },
    explainer: {
      ...planned,
      files: stripped(planned.files),
      ...(background === undefined
        ? {}
        : { background: { ...background, dataset: { ...background.dataset, files: stripped(background.dataset.files) } } }),
    },
  };
}

function stripped(files: readonly FileReference[]): FileReference[] {
  return files.map(({ name, sha256: hash, size }) => ({ name, sha256: hash, size }));
}

/**
 * Checks a client's plan as far as this process can. Workers open the data sets and models, and check that they match their
 * fingerprints. So a plan cannot store maps of one model as those of another.
 * @throws SPEC_INVALID naming the evaluation.
 */
export function checkSubmission({ evaluations, choices = {}, untilDecided }: RunSubmission): void {
  if (untilDecided !== undefined) checkUntilDecided(untilDecided, evaluations);
  let shards = 0;
  evaluations.forEach(({ plan, shardSize }, at) => {
    const refuse = (reason: string): never => {
      throw new XaigridError('SPEC_INVALID', `evaluations.${at} (${plan.label}): ${reason}`);
    };
    if (plan.samples > plan.dataset.size)
      refuse(`it asks for ${plan.samples} samples; data set "${plan.dataset.name}" has ${plan.dataset.size}.`);
    assertDataset(plan.dataset, refuse);
    assertChosen(plan, choices, refuse);
    if ((plan.chosen?.choose === 'until-decided') !== (untilDecided !== undefined))
      refuse('it must take samples until-decided if the run has untilDecided, and only then.');
    const { method, version } = plan.explainer;
    assertVersion(method, version, versionDrawn(explainer(method), version), refuse);
    for (const setting of plan.settings) {
      const scorer = metric(setting.metric);
      assertVersion(setting.metric, setting.version, scorer.version, refuse);
      assertRegions(scorer, plan.dataset);
      if (setting.regions !== regionsScored(scorer, plan.dataset).regions)
        refuse(`its setting of ${setting.metric} names other regions than data set "${plan.dataset.name}" has.`);
      assertRedrawn(scorer, explainer(method));
    }
    const { most = plan.dataset.size } = untilDecided ?? { most: plan.samples };
    shards += Math.ceil(Math.min(most, plan.dataset.size) / shardSize);
  });
  if (shards > MOST_SHARDS)
    throw new XaigridError(
      'SPEC_INVALID',
      `The run would have ${shards} shards; at most ${MOST_SHARDS} are allowed. Raise shardSize.`,
    );
}

/** Checks the parameters of a data set, because code that reads it later relies on them. */
function assertDataset({ kind, name, params }: PlannedEvaluation['dataset'], refuse: (reason: string) => never): void {
  const result = datasetKind(kind).params.safeParse(params);
  const [issue] = result.error?.issues ?? [];
  if (issue !== undefined) refuse(`data set "${name}": ${[...issue.path, issue.message].map(String).join(': ')}.`);
}

/** Checks that the samples of a choice are present and match its hash. */
function assertChosen(
  { chosen, samples, dataset }: PlannedEvaluation,
  choices: NonNullable<RunSubmission['choices']>,
  refuse: (reason: string) => never,
): void {
  if (chosen === undefined) return;
  const indices = choices[chosen.sha256];
  if (indices === undefined) return refuse(`the samples it chooses are not in choices, under ${chosen.sha256}.`);
  if (indices.length !== samples) refuse(`it takes ${samples} samples, but its choice has ${indices.length}.`);
  const wrong = indices.findIndex((index, at) => index >= dataset.size || index <= (indices[at - 1] ?? -1));
  if (wrong !== -1)
    refuse(
      `sample ${indices[wrong] ?? ''} of its choice is out of order, or not one of the ${dataset.size} of data set "${dataset.name}".`,
    );
  if (choiceKey(indices) !== chosen.sha256) refuse(`the samples of its choice have another hash than ${chosen.sha256}.`);
}

function assertVersion(name: string, planned: number, ours: number, refuse: (reason: string) => never): void {
  if (planned !== ours)
    refuse(
      `it was planned for version ${planned} of ${name}; this orchestrator has version ${ours}. Use the same version of xaigrid everywhere.`,
    );
}

/** Every file that a plan refers to, without repeats. */
export function filesOf({ evaluations }: RunSubmission): FileReference[] {
  const files = evaluations.flatMap(({ plan: { dataset, model, explainer: planned } }) => [
    ...dataset.files,
    ...model.files,
    ...planned.files,
    ...(planned.background?.dataset.files ?? []),
  ]);
  return [...new Map(files.map((file) => [file.sha256, file])).values()];
}

/** @throws ARTIFACT_MISSING naming the files that were not uploaded. */
export async function assertUploaded(files: readonly FileReference[], artifacts: Pick<ArtifactRepository, 'has'>): Promise<void> {
  const missing: FileReference[] = [];
  for (const file of files) if (!(await artifacts.has(file.sha256))) missing.push(file);
  const [first] = missing;
  if (first === undefined) return;
  const others = missing.length > 1 ? ` (and ${missing.length - 1} more files)` : '';
  throw new XaigridError(
    'ARTIFACT_MISSING',
    `${first.name}${others} is not in the store. Upload it first: PUT /v1/artifacts/${first.sha256}.`,
  );
}
