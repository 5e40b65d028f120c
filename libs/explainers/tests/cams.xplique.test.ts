import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { largestOf } from './cam-goldens.js';
import { mapsOf, networkGoldens } from './network-golden.js';
import { largestDifference } from './sample-model.js';

const { networks } = networkGoldens('xplique/grad_cam.json', z.object({ xplique: z.literal('1.4.0') }));

describe.each(networks)('of the network $name', (network) => {
  it('Grad-CAM with resize: cubic is that of Xplique 1.4.0', async () => {
    const engine = await network.engine();
    try {
      const [layer = ''] = network.mapNames;
      const found = await mapsOf(network, engine, { method: 'grad-cam', params: { layer, resize: 'cubic' } });
      const wanted = network.map(layer);
      expect(largestOf(wanted)).toBeGreaterThan(0.01);
      // Bicubic maps go below 0, although nothing of the layer's map does.
      expect(Math.min(...wanted)).toBeLessThan(0);
      // Both in float32, in other orders.
      expect(largestDifference(found, wanted) / largestOf(wanted)).toBeLessThan(1e-6);
      const linear = await mapsOf(network, engine, { method: 'grad-cam', params: { layer } });
      expect(largestDifference(linear, wanted) / largestOf(wanted)).toBeGreaterThan(0.02);
    } finally {
      await engine.close();
    }
  });
});
