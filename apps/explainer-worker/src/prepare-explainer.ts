import type { PlannedEvaluation } from '@xaigrid/contracts';
import type { Dataset } from '@xaigrid/datasets';
import type { Engine } from '@xaigrid/engine';
import { explainer, type Background, type PreparedExplainer } from '@xaigrid/explainers';
import { sampleRandom } from '@xaigrid/tensor';
import type { ExplainContext } from './explain-shard.js';

/** Tells the choice of a background from what explainers draw at random for their samples. */
const BACKGROUND_STREAM = 0xba0c;

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
    params: method.params.parse(plan.explainer.params),
    filePaths: await Promise.all(plan.explainer.files.map((file) => context.filePath(file))),
    seed: plan.seed,
    ...(background === undefined
      ? {}
      : { background: backgroundOf(await context.materials.dataset(background.dataset), background, plan.seed) }),
  });
}

function backgroundOf(
  dataset: Dataset,
  choice: { readonly size: number; readonly selection: 'first' | 'random' },
  seed: number,
): Background {
  return {
    size: choice.size,
    async load(signal) {
      if (choice.selection === 'first' || choice.size === dataset.info.size)
        return (await dataset.read(0, choice.size, signal)).inputs;
      const indices = sampleRandom(seed, 0, BACKGROUND_STREAM).choice(dataset.info.size, choice.size).sort();
      return (await dataset.readAt(indices, signal)).inputs;
    },
  };
}
