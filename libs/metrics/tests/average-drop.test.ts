import { describe, expect, it } from 'vitest';
import gradCam from '../../../tests/parity/pytorch-grad-cam/average_drop.json' with { type: 'json' };
import torchcam from '../../../tests/parity/torchcam/average_drop.json' with { type: 'json' };
import xplique from '../../../tests/parity/xplique/average_drop.json' with { type: 'json' };
import { averageDrop } from '../src/faithfulness/average-drop.js';
import { metric } from '../src/index.js';
import { goldenRequest } from './golden-request.js';
import { distinct, fixtureOf } from './removal-fixture.js';

/** Outputs are float32 numbers, on both sides: 6e-8 of a probability, a few times more where shares divide by a small one. */
const TOLERANCE = 7;

function expectClose(found: Float64Array | undefined, expected: readonly number[], digits = TOLERANCE) {
  expect(found?.length).toBe(expected.length);
  for (const [sample, value] of expected.entries()) expect(found?.[sample]).toBeCloseTo(value, digits);
}

describe('average drop, increase and gain', () => {
  it('are shares of the output on samples that are multiplied with their maps, scaled to [0, 1]', async () => {
    const fixture = fixtureOf([4, 3, 2], 6);
    const maps = fixture.mapsOf([4, 3], distinct);
    const { measures } = await fixture.score(averageDrop, maps, {});
    const expected = Array.from({ length: 6 }, (_, n) => {
      const map = fixture.own(maps, n);
      const [low, high] = [Math.min(...map), Math.max(...map)];
      const x = fixture.own(fixture.inputs, n);
      const whole = fixture.outputOn(n, x);
      const dimmed = fixture.outputOn(
        n,
        x.map((value, i) => (value * ((map[Math.floor(i / 2)] ?? NaN) - low)) / (high - low)),
      );
      return { drop: Math.max(0, whole - dimmed) / whole, gain: Math.max(0, dimmed - whole) / (1 - whole) };
    });
    expectClose(
      measures.drop,
      expected.map(({ drop }) => drop),
      6,
    );
    expectClose(
      measures.gain,
      expected.map(({ gain }) => gain),
      6,
    );
    expect([...(measures.increase ?? [])]).toEqual(expected.map(({ gain }) => (gain > 0 ? 1 : 0)));
    expect(new Set(measures.increase)).toEqual(new Set([0, 1]));
    expect([...(measures.constantMaps ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('dim towards a baseline, and count maps that say nothing: all of the sample is the baseline then', async () => {
    const fixture = fixtureOf([5, 2]);
    const { measures } = await fixture.score(
      averageDrop,
      fixture.mapsOf([5], () => 0.3),
      { baseline: 0.25 },
    );
    for (let n = 0; n < 3; n++) {
      const whole = fixture.outputOn(n, fixture.own(fixture.inputs, n));
      const nothing = fixture.outputOn(n, new Float32Array(10).fill(0.25));
      expect(measures.drop?.[n]).toBeCloseTo(Math.max(0, whole - nothing) / whole, 6);
      expect(measures.constantMaps?.[n]).toBe(1);
    }
  });

  it('are those of torchcam', async () => {
    const { measures } = await goldenRequest(torchcam).score(averageDrop, { definition: 'torchcam' });
    expectClose(measures.drop, torchcam.drop, 6);
    expect([...(measures.increase ?? [])]).toEqual(torchcam.increase);
  });

  it.each(gradCam.cases)('are those of pytorch-grad-cam: $target', async ({ target, drop, increase }) => {
    const { measures } = await goldenRequest(gradCam).score(averageDrop, { definition: 'pytorch-grad-cam', target });
    expectClose(measures.drop, drop, 6);
    expect([...(measures.increase ?? [])]).toEqual(increase);
  });

  it.each(xplique.cases)('are those of Xplique', async ({ maps, drop, increase, gain }) => {
    const { measures } = await goldenRequest({ ...xplique, maps }).score(averageDrop, { definition: 'xplique' });
    expectClose(measures.drop, drop, 6);
    expectClose(measures.gain, gain, 6);
    expect([...(measures.increase ?? [])]).toEqual(increase);
  });

  it('do not depend on which samples are scored together', async () => {
    const fixture = fixtureOf([4, 3, 2]);
    const maps = fixture.mapsOf([4, 3, 2], distinct);
    const params = { definition: ['paper', 'xplique', 'torchcam'], baseline: 'mean' };
    const whole = await fixture.score(averageDrop, maps, params);
    const parts = await Promise.all(
      [0, 1, 2].map((sample) => fixture.scoreSome(averageDrop, maps, params, [sample, sample + 1])),
    );
    for (const name of ['drop', 'increase', 'gain']) {
      for (let at = 0; at < 9; at++) expect(whole.measures[name]?.[at]).toBe(parts[at % 3]?.measures[name]?.[Math.floor(at / 3)]);
    }
  });

  it('ask the model once for definitions that multiply with the same mask', async () => {
    const fixture = fixtureOf([4, 3, 1]);
    const params = { definition: ['paper', 'xplique', 'torchcam', 'pytorch-grad-cam'] };
    await fixture.score(averageDrop, fixture.mapsOf([4, 3], distinct), params);
    expect(fixture.requests.length).toBe(3);
    const settings = averageDrop.settings(averageDrop.params.parse(params), fixture.engine.model);
    expect(averageDrop.passes(settings, fixture.engine.model)).toEqual({ forward: 3, gradient: 0 });
  });

  it('refuse shares of logits and maps that are not finite', async () => {
    expect(metric('average-drop')).toBe(averageDrop);
    const fixture = fixtureOf([4, 3, 1]);
    expect(() => averageDrop.settings(averageDrop.params.parse({ target: 'logit' }), fixture.engine.model)).toThrow(
      expect.objectContaining({ code: 'SPEC_INVALID', message: expect.stringContaining('Say target: probability') as string }),
    );
    const holed = fixture.mapsOf([4, 3], (i) => (i === 13 ? NaN : i));
    await expect(fixture.score(averageDrop, holed, {})).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Sample 1 has a map/) as string,
    });
  });
});
