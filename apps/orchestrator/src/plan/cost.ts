import {
  predictionSetKey,
  scoreSetKey,
  sha256,
  type PlannedEvaluation,
  type PlannedSetting,
  type Work,
} from '@xaigrid/contracts';
import type { Passes } from '@xaigrid/engine';
import { explainer, paramsOf, type Need } from '@xaigrid/explainers';
import { forwardFlops, gradientFlops, type BackwardPass, type Model } from '@xaigrid/graph';
import { metric } from '@xaigrid/metrics';
import type { EvaluationToRun } from './merge-same.js';
import type { KnownModel } from './references.js';

/** What one evaluation costs to compute. */
export interface EvaluationCost {
  /** Passes of the model for each sample: its map and, where `predicts` says so, its prediction. */
  readonly explain: Passes;
  /** Passes for each sample's scores, metric by metric. */
  readonly score: readonly MetricCost[];
  /** Whether it makes the predictions: the first evaluation of a model on a data set does. */
  readonly predicts: boolean;
  /** What its gradient passes are about; undefined where it makes none. */
  readonly backward: BackwardPass | undefined;
  /** Floating-point operations of one pass. */
  readonly flops: { readonly forward: number; readonly gradient: number };
}

/** What one metric's settings cost together. */
export interface MetricCost {
  readonly metric: string;
  /** Positions of the settings in the plan, each score set once. */
  readonly settings: readonly number[];
  readonly passes: Passes;
}

/** An evaluation with what it costs. */
export interface CostedEvaluation extends EvaluationToRun {
  readonly cost: EvaluationCost;
  /** A sample's floating-point operations in each stage; where only the samples tell, the most. */
  readonly work: Work;
}

/** What evaluations cost, in the order in which they are computed. @param modelOf the model of that name */
export function withCosts(evaluations: readonly EvaluationToRun[], modelOf: (name: string) => KnownModel): CostedEvaluation[] {
  const predicted = new Set<string>();
  return evaluations.map((evaluation) => {
    const key = predictionSetKey(evaluation.plan);
    const cost = costOf(evaluation.plan, modelOf(evaluation.plan.model.name), !predicted.has(key));
    predicted.add(key);
    return { ...evaluation, cost, work: workOf(cost) };
  });
}

function costOf(plan: PlannedEvaluation, { description, model }: KnownModel, predicts: boolean): EvaluationCost {
  const method = explainer(plan.explainer.method);
  const params = method.params.parse(paramsOf(method, plan.explainer));
  const maps = method.passes(params, description, plan.explainer.background?.size ?? 0);
  const need = method.needs?.(params, description);
  const backward = need === undefined || maps.gradient === 0 ? undefined : backwardPass(need, model);
  return {
    explain: { ...maps, forward: maps.forward + (predicts ? 1 : 0) },
    score: metricCosts(plan.settings),
    ...{ predicts, backward },
    flops: { forward: flopsOnce(model, undefined), gradient: backward === undefined ? 0 : flopsOnce(model, backward) },
  };
}

function workOf({ explain, score, flops }: EvaluationCost): Work {
  const of = ({ forward, gradient }: Passes): number => forward * flops.forward + gradient * flops.gradient;
  return { explain: of(explain), score: score.reduce((sum, { passes }) => sum + of(passes), 0) };
}

function backwardPass(need: Need, { graph, layers }: Model): BackwardPass {
  if (need === 'deep-lift') return need;
  const { gradientsOf } = need;
  if (gradientsOf === 'input') return { wrt: graph.inputs.map(({ name }) => name) };
  return { wrt: layers.flatMap(({ name, value }) => (gradientsOf.includes(name) ? [value] : [])) };
}

/** Settings that one call scores together; those that only differ in their divisor are one. */
function metricCosts(settings: readonly PlannedSetting[]): MetricCost[] {
  const seen = new Set<string>();
  const groups = new Map<string, { readonly at: number; readonly setting: PlannedSetting['setting'] }[]>();
  const anyMaps = sha256('');
  for (const [at, planned] of settings.entries()) {
    const key = scoreSetKey(anyMaps, planned);
    if (seen.has(key)) continue;
    seen.add(key);
    groups.set(planned.metric, [...(groups.get(planned.metric) ?? []), { at, setting: planned.setting }]);
  }
  return [...groups].map(([name, group]) => ({
    metric: name,
    settings: group.map(({ at }) => at),
    passes: metric(name).passes(group.map(({ setting }) => setting)),
  }));
}

/** Counting walks the whole graph, and a sweep asks for one model a hundred times. */
const counted = new WeakMap<Model, Map<string, number>>();

function flopsOnce(model: Model, pass: BackwardPass | undefined): number {
  const known = counted.get(model) ?? new Map<string, number>();
  counted.set(model, known);
  const key = JSON.stringify(pass ?? 'forward');
  const flops = known.get(key) ?? (pass === undefined ? forwardFlops(model.graph) : gradientFlops(model.graph, pass));
  known.set(key, flops);
  return flops;
}
