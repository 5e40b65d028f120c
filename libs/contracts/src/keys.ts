import { contentHash, type Sha256 } from './hash.js';
import { backendOf, deviceOf, type PlannedEvaluation, type PlannedSetting } from './plan.js';

/**
 * The map key: everything a map depends on besides its sample index. Two evaluations with the same key have the same
 * maps, bit for bit. The engine is part of it, since two engines differ in the last bits, and so are the backend of the engine tensorflow and a device that is
 * not the processor.
 */
export function mapSetKey(evaluation: PlannedEvaluation): Sha256 {
  const { explainer } = evaluation;
  return contentHash({
    model: evaluation.model.fingerprint,
    dataset: evaluation.dataset.fingerprint,
    ...engineOf(evaluation),
    method: explainer.method,
    version: explainer.version,
    params: explainer.params,
    background:
      explainer.background === undefined
        ? null
        : {
            dataset: explainer.background.dataset.fingerprint,
            size: explainer.background.size,
            selection: explainer.background.selection,
          },
    files: explainer.files.map((file) => file.sha256),
    explainedClass: evaluation.explainedClass,
    seed: evaluation.seed,
  });
}

/** The prediction key: the hash of everything that the model's predictions on the unmasked samples depend on. */
export function predictionSetKey(evaluation: PlannedEvaluation): Sha256 {
  return contentHash({
    model: evaluation.model.fingerprint,
    dataset: evaluation.dataset.fingerprint,
    ...engineOf(evaluation),
  });
}

/** The default engine on the processor has the keys of versions that did not know of backends and devices. */
function engineOf(evaluation: PlannedEvaluation): {
  readonly engine: string;
  readonly backend?: string;
  readonly device?: string;
} {
  const backend = backendOf(evaluation);
  const device = deviceOf(evaluation);
  return {
    engine: evaluation.engine,
    ...(backend === undefined ? {} : { backend }),
    ...(device === 'cpu' ? {} : { device }),
  };
}

/** The score key: the hash of everything that the scores of one setting depend on besides the sample index. */
export function scoreSetKey(mapSet: Sha256, setting: PlannedSetting): Sha256 {
  return contentHash({
    maps: mapSet,
    metric: setting.metric,
    version: setting.version,
    scoredClass: setting.scoredClass,
    setting: setting.setting,
    ...(setting.regions === undefined ? {} : { regions: setting.regions }),
  });
}
