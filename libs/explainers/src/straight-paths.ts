import type { Engine, ExpectedGradients } from '@xaigrid/engine';
import { outputsOfReference, type Tensor } from '@xaigrid/tensor';
import { meanOutputs } from './class-outputs.js';
import type { ExplainRequest, PrepareOptions } from './explainer.js';
import { outputsOfStarts, pathStarts, type PathStarts, type StartParams } from './path-starts.js';
import { quadrature, type Quadrature, type QuadratureRule } from './quadrature.js';

export interface PathParams extends StartParams {
  readonly steps: number;
  readonly rule: QuadratureRule;
}

/** Gradients integrated along straight paths. */
export interface StraightPaths {
  /** (x − r) ⊙ the integral of the gradient from r to x, averaged over the starts r: `[n, ...inputShape]`. */
  attribute(request: ExplainRequest): Promise<Tensor>;
  /** Per sample, F averaged over the starts of its paths. It runs the model if samples have their own. */
  outputsOfStarts(request: ExplainRequest): Promise<Float64Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/**
 * Prepares the paths. Expected gradients take fixed references and fractions in place of drawn ones.
 * @param outputs whether `outputsOfStarts` will be called
 * @throws SPEC_INVALID without the background that a start reads
 */
export async function straightPaths(
  method: string,
  params: PathParams,
  options: Pick<PrepareOptions<unknown>, 'engine' | 'background' | 'seed' | 'signal'>,
  { outputs }: { readonly outputs: boolean },
): Promise<StraightPaths> {
  const { engine } = options;
  const starts = await pathStarts(method, params, options);
  const points = quadrature(params.rule, params.steps);
  const { fixed } = starts;
  if (fixed === undefined) return ownPaths(engine, starts, points);
  const found = outputs ? meanOutputs(await engine.predict(fixed)) : undefined;
  const gradients = await engine.expectedGradients(fixed);
  const count = fixed.shape[0] ?? 0;
  return {
    attribute: (request) => attribute(gradients, { request, points, count, shared: true }),
    outputsOfStarts: (request) => Promise.resolve(outputsOfReference(found ?? [], request)),
    close: () => gradients.close(),
  };
}

/** Paths whose starts are made from each sample. */
function ownPaths(engine: Engine, starts: PathStarts, points: Quadrature): StraightPaths {
  return {
    async attribute(request) {
      const references = starts.of(request);
      const gradients = await engine.expectedGradients(references);
      const count = (references.shape[0] ?? 0) / request.classes.length;
      return attribute(gradients, { request, points, count, shared: false }).finally(() => gradients.close());
    },
    outputsOfStarts: async (request) => outputsOfStarts(await engine.predict(starts.of(request)), request),
    close: () => Promise.resolve(),
  };
}

async function attribute(
  gradients: ExpectedGradients,
  {
    request: { inputs, classes, contrasts },
    points: { points, weights },
    count,
    shared,
  }: { readonly request: ExplainRequest; readonly points: Quadrature; readonly count: number; readonly shared: boolean },
): Promise<Tensor> {
  const steps = points.length;
  const draws = steps * count;
  const length = classes.length * draws;
  // The starts of a sample one after the other, each with all points of the rule.
  const startOf = (at: number) => Math.floor((at % draws) / steps);
  const { attributions } = await gradients.attribute({
    ...{ inputs, classes, contrasts, draws },
    references: Int32Array.from({ length }, (_, at) => startOf(at) + (shared ? 0 : Math.floor(at / draws) * count)),
    fractions: Float32Array.from({ length }, (_, at) => points[at % steps] ?? NaN),
    ...(weights === undefined ? {} : { weights: Float32Array.from({ length }, (_, at) => (weights[at % steps] ?? NaN) * steps) }),
  });
  return attributions;
}
