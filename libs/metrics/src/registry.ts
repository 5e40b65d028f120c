import { didYouMean, grouped, XaigridError, type DescribeMeasure, type PlannedSetting } from '@xaigrid/contracts';
import { completeness } from './axiomatic/completeness.js';
import { inputInvariance } from './axiomatic/input-invariance.js';
import { nonSensitivity } from './axiomatic/non-sensitivity.js';
import { complexity } from './complexity/complexity.js';
import { effectiveComplexity } from './complexity/effective-complexity.js';
import { sparseness } from './complexity/sparseness.js';
import { averageDrop } from './faithfulness/average-drop.js';
import { comprehensiveness } from './faithfulness/comprehensiveness.js';
import { deletionInsertion } from './faithfulness/deletion-insertion.js';
import { dropIncrease } from './faithfulness/drop-increase.js';
import { faithfulnessCorrelation } from './faithfulness/faithfulness-correlation.js';
import { faithfulnessEstimate } from './faithfulness/faithfulness-estimate.js';
import { infidelity } from './faithfulness/infidelity.js';
import { irof } from './faithfulness/irof.js';
import { monotonicityCorrelation } from './faithfulness/monotonicity-correlation.js';
import { monotonicity } from './faithfulness/monotonicity.js';
import { muFidelity } from './faithfulness/mu-fidelity.js';
import { pic } from './faithfulness/pic.js';
import { pixelFlipping } from './faithfulness/pixel-flipping.js';
import { regionPerturbation } from './faithfulness/region-perturbation.js';
import { roadCombined } from './faithfulness/road-combined.js';
import { road } from './faithfulness/road.js';
import { selectivity } from './faithfulness/selectivity.js';
import { sensitivityN } from './faithfulness/sensitivity-n.js';
import { attributionLocalisation } from './localisation/attribution-localisation.js';
import { auc } from './localisation/auc.js';
import { focus } from './localisation/focus.js';
import { pointingGame } from './localisation/pointing-game.js';
import { relevanceMassAccuracy } from './localisation/relevance-mass-accuracy.js';
import { relevanceRankAccuracy } from './localisation/relevance-rank-accuracy.js';
import { topKIntersection } from './localisation/top-k-intersection.js';
import { efficientMprt } from './randomisation/efficient-mprt.js';
import { modelParameterRandomisation } from './randomisation/model-parameter-randomisation.js';
import { randomLogit } from './randomisation/random-logit.js';
import { smoothMprt } from './randomisation/smooth-mprt.js';
import { averageSensitivity } from './robustness/average-sensitivity.js';
import { continuity } from './robustness/continuity.js';
import { localLipschitzEstimate } from './robustness/local-lipschitz-estimate.js';
import { maxSensitivity } from './robustness/max-sensitivity.js';
import { relativeInputStability } from './robustness/relative-input-stability.js';
import { relativeOutputStability } from './robustness/relative-output-stability.js';
import { relativeRepresentationStability } from './robustness/relative-representation-stability.js';
import type { Metric } from './metric.js';

/** Every metric that a spec can name, by category, in the order of `--help`. */
export const metrics: readonly Metric[] = [
  ...[
    dropIncrease,
    deletionInsertion,
    pixelFlipping,
    regionPerturbation,
    selectivity,
    irof,
    monotonicity,
    monotonicityCorrelation,
    faithfulnessCorrelation,
    faithfulnessEstimate,
    sensitivityN,
    infidelity,
    muFidelity,
    road,
    roadCombined,
    averageDrop,
    comprehensiveness,
    pic,
  ],
  ...[
    maxSensitivity,
    averageSensitivity,
    localLipschitzEstimate,
    continuity,
    relativeInputStability,
    relativeOutputStability,
    relativeRepresentationStability,
  ],
  ...[pointingGame, attributionLocalisation, relevanceMassAccuracy, relevanceRankAccuracy, topKIntersection, auc, focus],
  ...[sparseness, complexity, effectiveComplexity],
  ...[modelParameterRandomisation, smoothMprt, efficientMprt, randomLogit],
  ...[completeness, nonSensitivity, inputInvariance],
];

/** Current names of metrics by their names in earlier versions. */
const renamed: Readonly<Record<string, string>> = { 'parameter-randomisation': 'model-parameter-randomisation' };

/**
 * The metric of that name.
 * @throws SPEC_INVALID if there is none.
 */
export function metric(name: string): Metric {
  const found = metrics.find((candidate) => candidate.metric === name);
  if (found !== undefined) return found;
  const now = renamed[name];
  if (now !== undefined)
    throw new XaigridError('SPEC_INVALID', `The metric "${name}" is called "${now}" now. Write metric: ${now}.`);
  const names = metrics.map((candidate) => candidate.metric);
  throw new XaigridError('SPEC_INVALID', `There is no metric "${name}".${didYouMean(name, names)} Metrics: ${names.join(', ')}.`);
}

/** The description of a measure. Undefined if this version has no such metric, as may happen with results of another version. */
export const describeMeasure: DescribeMeasure = (name, measure) =>
  metrics.find((candidate) => candidate.metric === name)?.measures.find((candidate) => candidate.name === measure);

/** The number of forward passes that metrics make themselves to score one sample at all of these settings. */
export function passesToScore(
  settings: readonly Pick<PlannedSetting, 'metric' | 'setting'>[],
  model: Parameters<Metric['passes']>[1],
): number {
  const ofMetrics = [...grouped(settings, ({ metric: name }) => name)];
  return ofMetrics.reduce(
    (sum, [name, own]) =>
      sum +
      metric(name).passes(
        own.map(({ setting }) => setting),
        model,
      ).forward,
    0,
  );
}

/** The number of maps drawn again to score one sample at all of these settings. */
export function drawnAgain(settings: readonly Pick<PlannedSetting, 'metric' | 'setting'>[]): number {
  const ofMetrics = [...grouped(settings, ({ metric: name }) => name)];
  return ofMetrics.reduce((sum, [name, own]) => sum + (metric(name).drawsAgain?.(own.map(({ setting }) => setting)) ?? 0), 0);
}
