import { targets, XaigridError, type Target } from '@xaigrid/contracts';
import { engineOfTarget, noLogits, type Engine, type ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import type { Explainer, ExplainRequest } from './explainer.js';

/** Parameters of methods that can explain a number other than the probability of a class. */
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
 * The method, explaining F = F_c − F_c′ in place of p_c. F_c is the target of the explained class c, and c′ is the contrast
 * class. The method gets an engine of the target, and requests with contrasts.
 */
export function withTargetParams<Params extends TargetParams>(method: Explainer<Params>): Explainer<Params> {
  const needs = method.needs?.bind(method);
  return {
    ...method,
    passes: (params, model, references) => {
      const own = method.passes(params, model, references);
      // One pass more for the outputs, to find the second largest.
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

/**
 * The hashed part of these parameters. Parameters that change nothing are left out, so that maps from before they existed keep
 * their key.
 */
function plannedTarget({ target, contrast }: TargetParams): Partial<TargetParams> {
  return { ...(target === 'probability' ? {} : { target }), ...(contrast === undefined ? {} : { contrast }) };
}

/** @throws OPERATION_UNSUPPORTED if the model has no logits, SPEC_INVALID for a class that it does not have */
function assertTarget(method: string, { target, contrast }: TargetParams, { classes, logits }: ModelDescription): void {
  if (target !== 'probability' && logits !== true) throw noLogits(target);
  if (typeof contrast !== 'number' || contrast < classes) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `${method}: contrast ${contrast} is not a class of the model, which has ${classes}: 0 to ${classes - 1}.`,
  );
}

/** c′ of each sample. If it is the explained class, F is 0 everywhere, and so is the map. */
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

/** The index of the largest output other than `own`; the first of equal ones. */
function largestBesides(outputs: Float32Array, own: number): number {
  let found = own === 0 ? 1 : 0;
  for (const [index, output] of outputs.entries()) if (index !== own && output > (outputs[found] ?? NaN)) found = index;
  return found;
}
