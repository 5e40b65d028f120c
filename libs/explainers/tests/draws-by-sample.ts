import { expect, it } from 'vitest';
import type { Explainer, PrepareOptions } from '../src/index.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, mapOf, sampleInputs, sampleModel } from './sample-model.js';

/** Tests that draws depend on the seed and on the index of a sample, and not on the samples beside it. */
export function itDrawsBySample<Params>(
  method: Explainer<Params>,
  options: { readonly params: unknown; readonly background?: NonNullable<PrepareOptions<Params>['background']> },
): void {
  it('draws the same for a sample whatever it is explained with, and something else for another seed', async () => {
    const engine = closedFormEngine(sampleModel([8, 2]));
    const inputs = sampleInputs([8, 2], 3);
    const explain = async (samples: readonly number[], seed = 0) => {
      const request = {
        inputs: { shape: [samples.length, 8, 2], data: Float32Array.from(samples.flatMap((sample) => mapOf(inputs, sample))) },
        classes: Int32Array.from(samples),
        sampleIndices: Int32Array.from(samples, (sample) => sample + 7),
      };
      return (await explainOnce(method, { engine, seed, ...options }, request)).maps;
    };
    const together = await explain([0, 1, 2]);
    for (const sample of [0, 1, 2]) expect([...(await explain([sample])).data]).toEqual(mapOf(together, sample));
    expect((await explain([0], 1)).data).not.toEqual((await explain([0])).data);
  });
}
