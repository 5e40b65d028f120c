import type { Engine } from '@xaigrid/engine';

/** Rows that an engine was asked for: outputs or feature maps, and there and back. */
export interface Counts {
  forward: number;
  gradient: number;
}

/** An engine that counts what it is asked for and lets another answer. */
export function countingEngine(engine: Engine): { readonly engine: Engine; readonly counts: Counts } {
  const counts: Counts = { forward: 0, gradient: 0 };
  const rows = ({ shape }: { readonly shape: readonly number[] }): number => shape[0] ?? 0;
  return {
    counts,
    engine: {
      ...engine,
      predict(inputs, target) {
        counts.forward += rows(inputs);
        return engine.predict(inputs, target);
      },
      activations(inputs, layers) {
        counts.forward += rows(inputs);
        return engine.activations(inputs, layers);
      },
      gradient(request) {
        counts.gradient += rows(request.inputs);
        return engine.gradient(request);
      },
      biasGradients(request) {
        counts.gradient += rows(request.inputs);
        return engine.biasGradients(request);
      },
      relevance(request) {
        counts.gradient += rows(request.inputs);
        return engine.relevance(request);
      },
      scoreMasks(request) {
        counts.forward += request.sampleOf.length;
        return engine.scoreMasks(request);
      },
      ablate(request) {
        counts.forward += request.sampleOf.length;
        return engine.ablate(request);
      },
      async deepLift(references, options) {
        counts.forward += rows(references);
        const deepLift = await engine.deepLift(references, options);
        return {
          ...deepLift,
          attribute(request) {
            counts.forward += rows(request.inputs);
            counts.gradient += rows(request.inputs) * rows(references);
            return deepLift.attribute(request);
          },
        };
      },
      async expectedGradients(references, target) {
        const gradients = await engine.expectedGradients(references, target);
        return {
          ...gradients,
          attribute(request) {
            counts.gradient += rows(request.inputs) * request.draws;
            return gradients.attribute(request);
          },
        };
      },
    },
  };
}
