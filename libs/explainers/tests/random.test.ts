import { describe, expect, it } from 'vitest';
import { random } from '../src/random.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const engine = closedFormEngine(sampleModel([8, 2]));

function explain(sampleIndices: readonly number[], seed = 0) {
  const count = sampleIndices.length;
  return explainOnce(
    random,
    { engine, seed },
    { inputs: sampleInputs([8, 2], count), classes: new Int32Array(count), sampleIndices: Int32Array.from(sampleIndices) },
  );
}

describe('random maps', () => {
  it('have one number a position and depend on seed and sample alone', async () => {
    const [together, alone, reseeded] = [await explain([3, 4, 5]), await explain([4]), await explain([4], 1)];
    expect(together.maps.shape).toEqual([3, 8]);
    expect(mapOf(together.maps, 1)).toEqual(mapOf(alone.maps, 0));
    expect(mapOf(reseeded.maps, 0)).not.toEqual(mapOf(alone.maps, 0));
    expect(mapOf(together.maps, 0)).not.toEqual(mapOf(together.maps, 1));
  });

  it('are uniform', async () => {
    const { maps } = await explain(Array.from({ length: 1000 }, (_, i) => i));
    const mean = maps.data.reduce((a, b) => a + b, 0) / 8000;
    // Deviation of the mean of 8000 uniform numbers: 0.29/√8000 = 0.0032; five of them.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.016);
  });
});
