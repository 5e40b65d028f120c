import { targets, XaigridError, type Target } from '@xaigrid/contracts';
import { engineOfTarget, noLogits, type Engine, type ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import type { Explainer, ExplainRequest } from './explainer.js';

/** Parameters of methods that can explain another number than the probability of a class. */
export const targetParams = {
  target: z.enum(targets).default('probability').meta({
    description:
      'What is explained: the probability p_c of class c; its logit z_c, the input of the Softmax or the sigmoid; or log p_c.',
  }),
  contrast: z
    .union([z.literal('second'), z.int().nonnegative()])
    .optional()
    .meta({
      description:
        'A second class, whose target is subtracted: its index, or `second`, the most probable class other than the explained one. Default: none.',
    }),
};

export interface TargetParams {
  readonly target: Target;
  readonly contrast?: 'second' | number | undefined;
}

/**
 * The method, explaining F = F_c − F_c′ in place of p_c, where F_c is the target of the explained class and c′ the contrast. What it asks of
 * the engine is of the target; what it gives the engine has the request's contrasts.
 */
export function withTargetParams<Params extends TargetParams>(method: Explainer<Params>): Explainer<Params> {
  const needs = method.needs?.bind(method);
  return {
    ...method,
    passes: (params, model, references) => {
      const own = method.passes(params, model, references);
      // Outputs, of which the second largest is.
      return params.contrast === 'second' ? { ...own, forward: own.forward + 1 } : own;
    },
    validate: (params, model) => {
      assertTarget(method.method, params, model);
      method.validate(params, model);
    },
    ...(needs === undefined ? {} : { needs: (params, model) => ({ ...needs(params, model), target: params.target }) }),
    plannedParams: (params, model) => ({ ...method.plannedParams(params, model), ...plannedTarget(params) }),
    prepare: async (options) => {
      const { target, contrast } = options.params;
      const engine = engineOfTarget(options.engine, target);
      const prepared = await method.prepare({ ...options, engine });
      if (contrast === undefined) return prepared;
      return {
        ...prepared,
        explain: async (request) => prepared.explain({ ...request, contrasts: await contrastsOf(engine, contrast, request) }),
      };
    },
  };
}

/** What of the parameters is hashed: nothing where they change nothing, so that maps drawn before there were any keep their key. */
function plannedTarget({ target, contrast }: TargetParams): Partial<TargetParams> {
  return { ...(target === 'probability' ? {} : { target }), ...(contrast === undefined ? {} : { contrast }) };
}

/** @throws OPERATION_UNSUPPORTED where the model has no logits, SPEC_INVALID for a class that it does not have */
function assertTarget(method: string, { target, contrast }: TargetParams, { classes, logits }: ModelDescription): void {
  if (target !== 'probability' && logits !== true) throw noLogits(target);
  if (typeof contrast !== 'number' || contrast < classes) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `${method}: contrast ${contrast} is not a class of the model, which has ${classes}: 0 to ${classes - 1}.`,
  );
}

/** c′ of each sample. Where it is the explained class, F is 0 everywhere and so is the map. */
async function contrastsOf(
  engine: Engine,
  contrast: 'second' | number,
  { inputs, classes, signal }: ExplainRequest,
): Promise<Int32Array<ArrayBuffer>> {
  if (contrast !== 'second') return new Int32Array(classes.length).fill(contrast);
  signal?.throwIfAborted();
  const { data } = await engine.predict(inputs);
  const count = engine.model.classes;
  return classes.map((own, sample) => largestBesides(data.subarray(sample * count, (sample + 1) * count), own));
}

/** The first of the largest. */
function largestBesides(outputs: Float32Array, own: number): number {
  let found = own === 0 ? 1 : 0;
  for (const [index, output] of outputs.entries()) if (index !== own && output > (outputs[found] ?? NaN)) found = index;
  return found;
}
