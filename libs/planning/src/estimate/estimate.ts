import { backendOf, deviceOf, predictionSetKey, toXaigridError } from '@xaigrid/contracts';
import { flopsOfPasses, type CostedEvaluation } from '../cost.js';
import type { PlannedRun } from '../plan-run.js';
import { needKey, timePasses, type PassTimes, type WantedPasses } from './pass-times.js';

type Planned = Pick<PlannedRun, 'evaluations' | 'models'>;

/** How much of an evaluation is still to be computed. */
export interface Left {
  /** Samples without a map. */
  readonly maps: number;
  /** By metric, the share of its scores that is missing; left out: all. */
  readonly scores?: ReadonlyMap<string, number>;
}

/** The cost of an evaluation, without what is stored already. */
export interface Estimate {
  /** Passes of the model for each sample. */
  readonly passes: {
    readonly forward: number;
    readonly gradient: number;
    /** Present if the number depends on the samples. These passes are then the maximum, and so are `flop` and `seconds`. */
    readonly atMost?: true;
  };
  /** Floating-point operations of all samples, a multiply-add counted as two. */
  readonly flop: number;
  /** Seconds of computing on this machine; absent if it could not be measured. */
  readonly seconds?: number;
  /** What is stored, without what Postgres adds to each row. */
  readonly bytes: { readonly maps: number; readonly predictions: number; readonly scores: number };
}

export interface Estimates {
  /** In the order of the plan's evaluations. */
  readonly evaluations: readonly Estimate[];
  /** The number of engines that compute at the same time, each with one thread. */
  readonly threads: number;
  /** Why a model could not be timed, one sentence each. */
  readonly untimed: readonly string[];
}

/**
 * Counts what is left of a plan and times passes of its models on this machine.
 * @param options.left one an evaluation; default: all
 * @param options.timed false: nothing is timed, because other machines will compute it
 */
export async function estimateRun(
  planned: Planned,
  {
    threads,
    left = planned.evaluations.map(({ plan }) => ({ maps: plan.samples })),
    timed = true,
  }: { threads: number; left?: readonly Left[]; timed?: boolean },
): Promise<Estimates> {
  const predictions = missingPredictions(planned, left);
  const work = planned.evaluations.map((evaluation, at) => ({
    evaluation,
    parts: partsOf(evaluation, left[at] ?? { maps: 0 }, predictions[at] ?? 0),
  }));
  const untimed: string[] = [];
  const times = new Map<string, PassTimes>();
  for (const [key, { name, wanted }] of timed ? wantedPasses(work, planned.models, threads) : []) {
    try {
      times.set(key, await timePasses(wanted));
    } catch (error) {
      untimed.push(`Model "${name}" could not be timed: ${toXaigridError(error).message}`);
    }
  }
  const evaluations = work.map((one) => estimateOf(one, times.get(timesKey(one.evaluation)), threads));
  return { evaluations, threads, untimed };
}

/** Work that costs the same for each of its samples. */
interface Part {
  readonly kind: 'maps' | 'predictions' | 'scores';
  readonly cost: Pick<CostedEvaluation['cost']['map'], 'passes' | 'bytes'>;
  /** The number of samples; a fraction if some settings of a sample are scored. */
  readonly samples: number;
}

interface Work {
  readonly evaluation: CostedEvaluation;
  /** The parts that have work left. */
  readonly parts: readonly Part[];
}

function partsOf({ plan, cost }: CostedEvaluation, { maps, scores }: Left, predictions: number): Part[] {
  const parts: Part[] = [
    { kind: 'maps', cost: cost.map, samples: maps },
    { kind: 'predictions', cost: cost.prediction, samples: predictions },
    ...cost.scores.map((score): Part => {
      return { kind: 'scores', cost: score, samples: plan.samples * (scores?.get(score.metric) ?? 1) };
    }),
  ];
  return parts.filter(({ samples }) => samples > 0);
}

/** If a sample has a map in any evaluation, it also has its prediction. */
function missingPredictions({ evaluations }: Planned, left: readonly Left[]): number[] {
  const fewest = new Map<string, number>();
  const keys = evaluations.map(({ plan }) => predictionSetKey(plan));
  for (const [at, key] of keys.entries()) fewest.set(key, Math.min(fewest.get(key) ?? Infinity, left[at]?.maps ?? 0));
  return keys.map((key) => fewest.get(key) ?? 0);
}

function timesKey({ plan }: CostedEvaluation): string {
  return `${plan.engine} ${plan.model.name}`;
}

/** The passes that some evaluation makes, model by model. */
function wantedPasses(
  work: readonly Work[],
  models: Planned['models'],
  threads: number,
): Map<string, { readonly name: string; readonly wanted: WantedPasses }> {
  const found = new Map<string, { readonly name: string; readonly wanted: WantedPasses; readonly needs: Map<string, Need> }>();
  for (const { evaluation, parts } of work) {
    const { plan, cost } = evaluation;
    const model = models.get(plan.model.name);
    if (model === undefined || !parts.some(({ cost: { passes } }) => passes.forward + passes.gradient > 0)) continue;
    const key = timesKey(evaluation);
    const former = found.get(key);
    const needs = former?.needs ?? new Map<string, Need>();
    const masked = parts.some(({ kind, cost: { passes } }) => kind === 'scores' && passes.forward > 0);
    if (cost.need !== undefined && parts.some(({ cost: { passes } }) => passes.gradient > 0))
      needs.set(needKey(cost.need), cost.need);
    found.set(key, {
      name: plan.model.name,
      needs,
      wanted: {
        model,
        engine: plan.engine,
        backend: backendOf(plan),
        device: deviceOf(plan),
        needs,
        threads,
        masked: masked || former?.wanted.masked === true,
      },
    });
  }
  return found;
}
type Need = NonNullable<CostedEvaluation['cost']['need']>;

function estimateOf({ evaluation, parts }: Work, times: PassTimes | undefined, threads: number): Estimate {
  const { need, flops } = evaluation.cost;
  const sum = (of: (part: Part) => number): number => parts.reduce((total, part) => total + of(part), 0);
  // Each engine makes these passes for itself.
  const once = sum(({ cost: { passes } }) => (passes.once ?? 0) * threads);
  const bytesOf = (kind: Part['kind']): number =>
    Math.round(sum((part) => (part.kind === kind ? part.samples * part.cost.bytes : 0)));
  const gradientSeconds = need === undefined ? 0 : times?.gradient.get(needKey(need));
  const secondsOf = ({ kind, cost: { passes }, samples }: Part): number => {
    const forward = kind === 'scores' ? times?.masked : times?.forward;
    const each = passes.forward === 0 ? 0 : passes.forward * (forward ?? NaN);
    return samples * (each + (passes.gradient === 0 ? 0 : passes.gradient * (gradientSeconds ?? NaN)));
  };
  const seconds = sum(secondsOf) + (once === 0 ? 0 : once * (times?.forward ?? NaN));
  return {
    passes: {
      forward: sum(({ cost: { passes } }) => passes.forward),
      gradient: sum(({ cost: { passes } }) => passes.gradient),
      ...(isUpperBound(parts) ? { atMost: true } : {}),
    },
    flop: Math.round(once * flops.forward + sum(({ cost: { passes }, samples }) => samples * flopsOfPasses(passes, flops))),
    ...(Number.isNaN(seconds) ? {} : { seconds }),
    bytes: { maps: bytesOf('maps'), predictions: bytesOf('predictions'), scores: bytesOf('scores') },
  };
}

/** Whether the passes may turn out fewer: those of one part, or since several metrics share what they both compute. */
function isUpperBound(parts: readonly Part[]): boolean {
  const scoring = parts.filter(({ kind, cost: { passes } }) => kind === 'scores' && passes.forward + passes.gradient > 0);
  return scoring.length > 1 || parts.some(({ cost: { passes } }) => passes.atMost);
}
