import { XaigridError } from '@xaigrid/contracts';
import { rowsOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { centredParam, eigenProjection } from './eigen-projection.js';
import { layerExplainer } from './layer-explainer.js';
import { mapsOfSamples } from './sample-maps.js';

/**
 * Eigen-CAM (Muhammad & Yeasin 2020, arXiv:2008.00299): the feature maps of a layer, projected onto their first right singular
 * vector. No gradient and no class takes part: the map of a sample is the same for every class.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where all values are the same.
 */
export const eigenCam = layerExplainer({
  method: 'eigen-cam',
  version: 1,
  title: 'Eigen-CAM',
  summary: 'The first principal component of the feature maps of one layer, the same for all classes (Muhammad & Yeasin 2020).',
  source: 'Muhammad & Yeasin, Eigen-CAM: Class Activation Map using Principal Components, IJCNN 2020, arXiv:2008.00299.',
  layerDescription: 'The layer whose feature maps are projected.',
  relu: false,
  params: (shared) => z.strictObject({ ...shared, ...centredParam(false) }),
  plannedOwn: ({ centred }) => ({ centred }),
  passes: () => ({ forward: 1, gradient: 0 }),
  prepare:
    ({ engine, layer, params: { centred } }) =>
    async ({ inputs }) => {
      const [activations] = await engine.activations(inputs, [layer]);
      if (activations === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no activations.`);
      return mapsOfSamples(activations, ({ places, channels, sample }) =>
        eigenProjection(Float64Array.from(rowsOf(activations, sample, sample + 1).data), { places, channels, centred }),
      );
    },
});
