import type { LayerGradient } from '@xaigrid/engine';
import { rowsOf, type Tensor } from '@xaigrid/tensor';
import type { Explainer } from './explainer.js';
import { layerExplainer, type LayerMethod, type LayerParams } from './layer-explainer.js';
import { layerGradient } from './layer-gradient.js';
import { mapsOfSamples } from './sample-maps.js';
import { withTargetParams, type TargetParams } from './target.js';

type Values = Float32Array<ArrayBuffer>;

/** The feature maps A of a layer for one sample, and the gradient g = ∂F/∂A: `[places, channels]` each, flat. */
export interface SampleFeatures {
  readonly activations: Values;
  readonly gradient: Values;
  readonly places: number;
  readonly channels: number;
}

/** How a method of the CAM family makes the map of a layer, `[places]`, from feature maps and gradients of one sample. */
export type CamRule = (features: SampleFeatures) => ArrayLike<number>;

/** A method that has nothing but its rule. `relu` is the default of its parameter. */
interface GradientCam<Params extends LayerParams & TargetParams> extends Pick<
  LayerMethod<Params>,
  'method' | 'title' | 'summary' | 'source' | 'relu' | 'params' | 'plannedOwn'
> {
  readonly rule: (params: Params) => CamRule;
}

/** Makes an explainer from a rule: one gradient of a sample at the layer gives its map. */
export function gradientCam<Params extends LayerParams & TargetParams>({ rule, ...own }: GradientCam<Params>): Explainer<Params> {
  return withTargetParams(
    layerExplainer<Params>({
      ...own,
      version: 1,
      layerDescription: 'The layer whose feature maps are weighted.',
      usesGradient: true,
      passes: () => ({ forward: 0, gradient: 1 }),
      prepare: ({ engine, layer, params }) => {
        const ofSample = rule(params);
        return async (request) => mapsByRule(await layerGradient(engine, { ...request, layer }), ofSample);
      },
    }),
  );
}

/** The map of each sample by the rule, `[n, ...grid]`. */
export function mapsByRule({ activations, gradient }: Pick<LayerGradient, 'activations' | 'gradient'>, rule: CamRule): Tensor {
  return mapsOfSamples(activations, ({ sample, places, channels }) => {
    const of = (tensor: Tensor) => rowsOf(tensor, sample, sample + 1).data;
    return rule({ activations: of(activations), gradient: of(gradient), places, channels });
  });
}

/** Σ_k v_pk at each place p, of values that the rule makes of an activation and its gradient. In float64. */
export function sumOverChannels(
  { activations, gradient, places, channels }: SampleFeatures,
  value: (activation: number, gradient: number) => number,
): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(places);
  for (let at = 0; at < activations.length; at++) {
    const place = Math.floor(at / channels);
    sums[place] = (sums[place] ?? 0) + value(activations[at] ?? NaN, gradient[at] ?? NaN);
  }
  return sums;
}

/** Σ_p v_pk of each channel k, as `sumOverChannels` along the other axis. */
export function sumOverPlaces(
  { activations, gradient, channels }: SampleFeatures,
  value: (activation: number, gradient: number, channel: number) => number,
): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(channels);
  for (let at = 0; at < activations.length; at++) {
    const channel = at % channels;
    sums[channel] = (sums[channel] ?? 0) + value(activations[at] ?? NaN, gradient[at] ?? NaN, channel);
  }
  return sums;
}
