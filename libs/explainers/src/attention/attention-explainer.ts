import type { ModelDescription, Passes } from '@xaigrid/engine';
import { rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { z } from 'zod';
import { camMap, camMapParams, plannedCamMap, type CamMapParams } from '../cam-map.js';
import { defineExplainer } from '../define-explainer.js';
import type { Explainer, ExplainRequest, PrepareOptions } from '../explainer.js';
import { assertFinite, constantMaps } from '../map-checks.js';
import { positionsOf } from '../model-layers.js';
import { samplesWithin } from '../samples-per-call.js';
import { attentionValues, tokenAttention, type TokenAttention } from './blocks.js';

export type AttentionParams = Omit<CamMapParams, 'relu'>;

/** How a method explains with the attention of a model. */
export interface AttentionMethod<Params extends AttentionParams> extends Pick<
  Explainer,
  'method' | 'title' | 'summary' | 'source'
> {
  readonly params: (shared: ReturnType<typeof sharedParams>) => z.ZodType<Params>;
  /** The hashed part of its own parameters, resolved for the model. */
  readonly plannedOwn?: (params: Params, attention: TokenAttention) => Readonly<Record<string, unknown>>;
  /** Like `Explainer.validate`, of its own parameters. */
  readonly validateOwn?: (params: Params, attention: TokenAttention, model: ModelDescription) => void;
  readonly passes: (attention: TokenAttention, params: Params) => Passes;
  /** Whether it differentiates at the attention. */
  readonly usesGradient: boolean;
  /** @returns what each token is worth, `[n, tokens]` */
  relevance(
    options: PrepareOptions<Params> & { readonly attention: TokenAttention },
    request: ExplainRequest,
  ): Promise<readonly ArrayLike<number>[]>;
}

function sharedParams() {
  const { resize, scaled } = camMapParams(false);
  return { resize, scaled };
}

/**
 * Makes an explainer from what a method says of each token. The tokens of the grid are resized to the input's positions; what class
 * tokens and registers are worth is left out.
 */
export function attentionExplainer<Params extends AttentionParams>(own: AttentionMethod<Params>): Explainer<Params> {
  const { method, title, summary, source, usesGradient } = own;
  const attentionOf = (model: ModelDescription) => tokenAttention(title, model);
  return defineExplainer<Params>({
    ...{ method, title, summary, source },
    version: 1,
    family: 'attention',
    params: own.params(sharedParams()),
    samplesPerCall: (engine) => samplesWithin(engine, (usesGradient ? 2 : 1) * attentionValues(attentionOf(engine.model))),
    passes: (params, model) => own.passes(attentionOf(model), params),
    validate: (params, model) => {
      const attention = attentionOf(model);
      own.validateOwn?.(params, attention, model);
    },
    ...(usesGradient
      ? { needs: (_params, model) => ({ gradientsOf: attentionOf(model).blocks.map(({ layer }) => layer) }) }
      : {}),
    plannedParams: (params, model) => ({
      ...plannedCamMap({ ...params, relu: false }, false),
      ...own.plannedOwn?.(params, attentionOf(model)),
    }),
    explain: async (options, request) => {
      request.signal?.throwIfAborted();
      const attention = attentionOf(options.engine.model);
      const relevance = await own.relevance({ ...options, attention }, request);
      const layerMaps = onGrid(relevance, attention);
      const maps = camMap(layerMaps, { ...options.params, relu: false }, positionsOf(options.engine.model));
      assertFinite(`${method} map`, maps, request);
      return { maps, degenerate: constantMaps(maps), diagnostics: {} };
    },
  });
}

/** The tokens of the grid, `[n, ...grid]`. */
function onGrid(relevance: readonly ArrayLike<number>[], { grid, before }: TokenAttention): Tensor {
  const size = sizeOf(grid);
  const data = new Float32Array(relevance.length * size);
  for (const [sample, values] of relevance.entries()) {
    for (let at = 0; at < size; at++) data[sample * size + at] = values[before + at] ?? NaN;
  }
  return { shape: [relevance.length, ...grid], data };
}

/** The values of one sample, flat. */
export const ofSample = (values: Tensor, sample: number): Tensor['data'] => rowsOf(values, sample, sample + 1).data;
