import {
  mapSetKey,
  predictionSetKey,
  scoreSetKey,
  XaigridError,
  type PlannedEvaluation,
  type Sha256,
  type Work,
} from '@xaigrid/contracts';
import { noPasses, type ModelDescription, type Passes } from '@xaigrid/engine';
import { explainer, paramsOf, type Need } from '@xaigrid/explainers';
import { forwardFlops, gradientFlops, targetGraph, type BackwardPass, type Graph, type Model } from '@xaigrid/graph';
import { metric, type Setting } from '@xaigrid/metrics';
import { sizeOf } from '@xaigrid/tensor';
import type { EvaluationToRun } from './merge-same.js';
import type { KnownModel } from './references.js';

/** The cost per sample of computing and storing one evaluation. What an earlier evaluation makes costs nothing again. */
interface EvaluationCost {
  readonly map: StageCost;
  /** One forward pass, for the first evaluation of a model on a data set, which makes the predictions. */
  readonly prediction: StageCost;
  /** The cost of each metric, with all its settings together. */
  readonly scores: readonly MetricCost[];
  /** What its gradient passes compute. Undefined if it makes none. */
  readonly need: Need | undefined;
  /** The floating-point operations of one pass. */
  readonly flops: PassFlops;
}

/** A cost per sample. */
interface StageCost {
  readonly passes: Passes;
  /** The stored bytes: float32 maps and predictions, float64 scores; without what Postgres adds to each row. */
  readonly bytes: number;
}

interface MetricCost extends StageCost {
  readonly metric: string;
  /** The positions of its settings in the plan, without those whose scores exist already. */
  readonly settings: readonly number[];
}

interface PassFlops {
  readonly forward: number;
  readonly gradient: number;
}

/** An evaluation with its cost. */
export interface CostedEvaluation extends EvaluationToRun {
  readonly cost: EvaluationCost;
  /** The floating-point operations per sample at each stage. If they depend on the samples, they are upper bounds. */
  readonly work: Work;
}

const nothing: StageCost = { passes: noPasses, bytes: 0 };

/**
 * The evaluations with their costs, in the order in which they are computed.
 * @param modelOf gives the model of a name
 */
export async function withCosts(
  evaluations: readonly EvaluationToRun[],
  modelOf: (name: string) => KnownModel,
): Promise<CostedEvaluation[]> {
  const made = new Set<string>();
  /** Whether no earlier evaluation makes it. */
  const isNew = (key: Sha256): boolean => made.size < made.add(key).size;
  const costed: CostedEvaluation[] = [];
  for (const evaluation of evaluations) {
    const cost = await costOf(evaluation, modelOf(evaluation.plan.model.name), isNew);
    costed.push({ ...evaluation, cost, work: workOf(cost) });
  }
  return costed;
}

async function costOf(
  { plan, measures }: EvaluationToRun,
  { description, model }: KnownModel,
  isNew: (key: Sha256) => boolean,
): Promise<EvaluationCost> {
  const maps = mapSetKey(plan);
  const drawn = await mapCost(plan, description);
  const map = isNew(maps) ? drawn.map : nothing;
  const pass = drawn.need === undefined ? undefined : backwardPass(drawn.need, model);
  const prediction = { passes: { forward: 1, gradient: 0 }, bytes: description.classes * Float32Array.BYTES_PER_ELEMENT };
  const groups = new Map<string, number[]>();
  for (const [at, setting] of plan.settings.entries()) {
    // Settings that differ only in their divisor have the same scores.
    if (isNew(scoreSetKey(maps, setting))) groups.set(setting.metric, [...(groups.get(setting.metric) ?? []), at]);
  }
  return {
    map,
    prediction: isNew(predictionSetKey(plan)) ? prediction : nothing,
    scores: [...groups].map(([name, settings]) => ({
      ...{ metric: name, settings },
      passes: scoringPasses(
        name,
        settings.map((at) => plan.settings[at]?.setting ?? {}),
        { description, ofMap: drawn.map.passes },
      ),
      bytes: settings.reduce((sum, at) => sum + (measures[at]?.length ?? 0) * Float64Array.BYTES_PER_ELEMENT, 0),
    })),
    need: drawn.need,
    flops: { forward: flopsOnce(model, undefined), gradient: pass === undefined ? 0 : flopsOnce(model, pass) },
  };
}

/**
 * The passes that a metric makes itself, plus those of drawing maps again.
 * @param ofMap the passes of one map
 */
function scoringPasses(
  name: string,
  settings: readonly Setting[],
  { description, ofMap }: { readonly description: ModelDescription; readonly ofMap: Passes },
): Passes {
  const scorer = metric(name);
  const own = scorer.passes(settings, description);
  const again = scorer.drawsAgain?.(settings) ?? 0;
  if (again === 0) return own;
  return {
    ...own,
    ...ofMap,
    forward: own.forward + again * ofMap.forward,
    gradient: own.gradient + again * ofMap.gradient,
  };
}

async function mapCost(
  plan: PlannedEvaluation,
  description: KnownModel['description'],
): Promise<{ readonly map: StageCost; readonly need?: Need | undefined }> {
  const { method: name, background, files } = plan.explainer;
  const method = explainer(name);
  const params = method.params.parse(paramsOf(method, plan.explainer));
  const filePaths = files.map(({ path, name: file }) => {
    if (path === undefined) throw new XaigridError('INTERNAL', `${file} was planned without a path.`);
    return path;
  });
  return {
    map: {
      passes: method.passes(params, description, background?.size ?? 0),
      bytes: sizeOf(await method.mapShape(params, description, filePaths)) * Float32Array.BYTES_PER_ELEMENT,
    },
    need: method.needs?.(params, description),
  };
}

function workOf({ map, prediction, scores, flops }: EvaluationCost): Work {
  const of = ({ passes }: StageCost): number => flopsOfPasses(passes, flops);
  return { explain: of(map) + of(prediction), score: scores.reduce((sum, score) => sum + of(score), 0) };
}

/** The floating-point operations per sample of these passes. */
export function flopsOfPasses({ forward, gradient }: Passes, flops: PassFlops): number {
  return forward * flops.forward + gradient * flops.gradient;
}

function backwardPass(need: Need, { graph, layers }: Model): BackwardPass {
  if ('multipliersOf' in need) return 'deep-lift';
  if ('relevanceBy' in need) return { relevance: need.relevanceBy };
  const gradientsOf = 'biasGradients' in need ? 'input' : need.gradientsOf;
  if (gradientsOf === 'input') return { wrt: graph.inputs.map(({ name }) => name) };
  return { wrt: layers.flatMap(({ name, value }) => (gradientsOf.includes(name) ? [value] : [])) };
}

/** Counted operations by model. Counting walks the whole graph, and a sweep asks about one model a hundred times. */
const counted = new WeakMap<Model, Map<string, number>>();

function flopsOnce(model: Model, pass: BackwardPass | undefined): number {
  const known = counted.get(model) ?? new Map<string, number>();
  counted.set(model, known);
  const key = JSON.stringify(pass ?? 'forward');
  const flops =
    known.get(key) ?? (pass === undefined ? forwardFlops(model.graph) : gradientFlops(differentiated(model, pass), pass));
  known.set(key, flops);
  return flops;
}

/** The graph that the pass goes back through. Relevance starts from logits. */
function differentiated(model: Model, pass: BackwardPass): Graph {
  return typeof pass === 'object' && 'relevance' in pass ? targetGraph(model, 'logit') : model.graph;
}
