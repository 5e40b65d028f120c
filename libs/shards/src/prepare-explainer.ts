import type { PlannedEvaluation } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import { explainer, paramsOf, type PreparedExplainer } from '@xaigrid/explainers';
import { backgroundOf } from './background.js';
import type { ModelsAndDatasets } from '@xaigrid/service';

/** Where an explainer finds the data sets, models and files that it needs. */
export interface ExplainerContext {
  readonly modelsAndDatasets: ModelsAndDatasets;
  /** The path of an explainer's own file on this machine. */
  readonly filePath: (file: PlannedEvaluation['explainer']['files'][number]) => Promise<string>;
}

/** Prepares an explainer for one engine: chooses its background and finds its files. */
export async function prepareExplainer(
  context: ExplainerContext,
  plan: PlannedEvaluation,
  engine: Engine,
): Promise<PreparedExplainer> {
  const method = explainer(plan.explainer.method);
  const background = plan.explainer.background;
  const params = method.params.parse(paramsOf(method, plan.explainer));
  method.validate(params, engine.model);
  return method.prepare({
    engine,
    params,
    filePaths: await Promise.all(plan.explainer.files.map((file) => context.filePath(file))),
    fileNames: plan.explainer.files.map(({ name }) => name),
    seed: plan.seed,
    ...(background === undefined
      ? {}
      : { background: backgroundOf(await context.modelsAndDatasets.dataset(background.dataset), background, plan.seed) }),
  });
}
