import type { PlannedEvaluation } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import { explainer, paramsOf, type PreparedExplainer } from '@xaigrid/explainers';
import { backgroundOf } from './background.js';
import type { ExplainContext } from './explain-shard.js';

/** Makes an explainer ready for one engine: its background chosen, its files found. */
export async function prepareExplainer(
  context: ExplainContext,
  plan: PlannedEvaluation,
  engine: Engine,
): Promise<PreparedExplainer> {
  const method = explainer(plan.explainer.method);
  const background = plan.explainer.background;
  return method.prepare({
    engine,
    params: method.params.parse(paramsOf(method, plan.explainer)),
    filePaths: await Promise.all(plan.explainer.files.map((file) => context.filePath(file))),
    fileNames: plan.explainer.files.map(({ name }) => name),
    seed: plan.seed,
    ...(background === undefined
      ? {}
      : { background: backgroundOf(await context.materials.dataset(background.dataset), background, plan.seed) }),
  });
}
