import { noPasses } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';

const params = z.strictObject({});
type Params = z.infer<typeof params>;

/**
 * A map that is 1 at every position: what a metric gives to a map that says nothing. 1 and not 0, so that shares of the map are defined. All its
 * maps count as degenerate. Maps are `[n, ...positions]`, without channels.
 */
export const constant: Explainer<Params> = defineExplainer<Params>({
  method: 'constant',
  title: 'Constant',
  version: 1,
  summary: 'The same value everywhere, as a control: what a map that says nothing scores.',
  family: 'control',
  source: 'By definition: a map without information.',
  params,
  samplesPerCall: (engine) => samplesWithin(engine, sizeOf(engine.model.inputShape)),
  passes: () => noPasses,
  plannedParams: () => ({}),
  explain,
});

function explain({ engine }: PrepareOptions<Params>, { sampleIndices }: ExplainRequest): Explanation {
  const shape = [sampleIndices.length, ...positionsOf(engine.model)];
  const maps: Tensor = { shape, data: new Float32Array(sizeOf(shape)).fill(1) };
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
