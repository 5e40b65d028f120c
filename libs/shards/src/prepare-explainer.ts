import type { PlannedEvaluation } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import { explainer, paramsOf, type PreparedExplainer } from '@xaigrid/explainers';
import { backgroundOf } from './background.js';
import type { ModelsAndDatasets } from '@xaigrid/service';

/** Where what a method needs is found. */
export interface ExplainerContext {
  readonly modelsAndDatasets: ModelsAndDatasets;
  /** Where an explainer's own files are on this machine. */
  readonly filePath: (file: PlannedEvaluation['explainer']['files'][number]) => Promise<string>;
}

/** Makes an explainer ready for one engine: its background chosen, its files found. */
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
