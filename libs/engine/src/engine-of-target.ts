import type { Target } from '@xaigrid/contracts';
import type { Engine } from './engine.js';

/** An engine whose `predict` and other methods use `target` instead of probabilities. Closing it closes the engine. */
export function engineOfTarget(engine: Engine, target: Target): Engine {
  if (target === 'probability') return engine;
  return {
    ...engine,
    predict: (inputs) => engine.predict(inputs, target),
    gradient: (request) => engine.gradient({ ...request, target }),
    biasGradients: (request) => engine.biasGradients({ ...request, target }),
    scoreMasks: (request) => engine.scoreMasks({ ...request, target }),
    ablate: (request) => engine.ablate({ ...request, target }),
    deepLift: (references, options) => engine.deepLift(references, { ...options, target }),
    expectedGradients: (references) => engine.expectedGradients(references, target),
  };
}
