import { expect, it } from 'vitest';
import { perturbedOutputs } from '../src/perturbation/perturbed-outputs.js';
import { inputs, redrawnRequest } from './redrawn-request.js';

it('changing many samples lets others have their turn', async () => {
  let turns = 0;
  const heartbeat = setInterval(() => turns++, 1);
  const request = redrawnRequest({ settings: [] });
  await perturbedOutputs(
    { ...request, inputs },
    {
      sampleOf: new Int32Array(10),
      change: () => {
        // As long as imputing a large image takes.
        const end = performance.now() + 60;
        while (performance.now() < end);
      },
    },
  );
  clearInterval(heartbeat);
  expect(turns).toBeGreaterThanOrEqual(5);
});
