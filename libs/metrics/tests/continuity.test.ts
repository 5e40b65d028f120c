import { tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metric, type MapsWanted } from '../src/index.js';
import { continuity } from '../src/robustness/continuity.js';
import { classList, goldenOf, gradientTimesInput, inputs, redrawnRequest, SAMPLES, valuesOf } from './redrawn-request.js';

const { model } = redrawnRequest({ settings: [] }).engine;
const settingsFor = (params: object, inputShape = model.inputShape) => {
  const scorer = metric('continuity');
  return scorer.settings(scorer.params.parse(params), { ...model, inputShape });
};
const valuesIn = async (request: Parameters<typeof continuity.score>[0], measure: string) => {
  const { measures } = await continuity.score(request);
  return [...(measures[measure] ?? [])];
};
const asIs = (x: Float32Array): number[] => [...x];

/** The value that stands at a place after a translation by `shift`, of `[3, 5, 2]`. */
function translated(x: readonly number[], shift: number, fill: number): number[] {
  return x.map((_, at) => {
    const [row, column, channel] = [Math.floor(at / 10), Math.floor(at / 2) % 5, at % 2];
    const from = column - shift;
    return from >= 0 && from < 5 ? (x[row * 10 + from * 2 + channel] ?? NaN) : fill;
  });
}

describe('continuity', () => {
  it('has the defaults of each definition', () => {
    expect(settingsFor({ definition: ['paper', 'quantus'] })).toEqual([
      { translations: 8, fill: 0 },
      { definition: 'quantus', translations: 28, fill: 'minimum' },
    ]);
  });

  it('moves a signal by the nearest positions to both sides', async () => {
    const wanted: MapsWanted[] = [];
    const given = tensorOf(Float32Array.of(1, 10, 2, 20, 3, 30), [1, 3, 2]);
    const settings = [{ definition: 'paper', translations: 4, fill: 7 }];
    await continuity.score(redrawnRequest({ settings, given, map: asIs, wanted }));
    expect(wanted.map(({ inputs: moved }) => [...moved.data])).toEqual([
      [7, 7, 1, 10, 2, 20],
      [2, 20, 3, 30, 7, 7],
      [7, 7, 7, 7, 1, 10],
      [3, 30, 7, 7, 7, 7],
    ]);
  });

  it('is the largest ratio of the L1 distance of maps to the L2 distance of samples', async () => {
    const found = await valuesIn(redrawnRequest({ settings: settingsFor({ translations: 6, fill: 0.25 }) }), 'continuity');
    for (let sample = 0; sample < SAMPLES; sample++) {
      const x = valuesOf(inputs, sample);
      const mapOf = (values: readonly number[]): number[] => [
        ...Float32Array.from(gradientTimesInput(Float32Array.from(values), classList[sample] ?? 0)),
      ];
      const own = mapOf(x);
      const ratios = [1, -1, 2, -2, 3, -3].map((shift) => {
        const moved = translated(x, shift, 0.25);
        const change = mapOf(moved).reduce((sum, value, at) => sum + Math.abs(value - (own[at] ?? NaN)), 0);
        return change / Math.hypot(...moved.map((value, at) => value - (x[at] ?? NaN)));
      });
      // Both in double precision from the same float32 maps.
      expect(found[sample]).toBeCloseTo(Math.max(...ratios), 12);
    }
  });

  it('is what Continuity of Quantus gives', async () => {
    const golden = goldenOf('continuity.json', { continuity: z.record(z.string(), z.array(z.number())) });
    for (const [translations, values] of Object.entries(golden.continuity)) {
      const settings = settingsFor({ definition: 'quantus', translations: Number(translations) });
      const found = await valuesIn(redrawnRequest({ settings }), 'continuity');
      // Both in double precision from the same float32 maps.
      values.forEach((value, sample) => expect(found[sample]).toBeCloseTo(value, 14));
    }
  });

  it('says that of a width of 5 all 28 copies of Quantus are blank, and one of ten', async () => {
    const settings = settingsFor({ definition: 'quantus', translations: [28, 10] });
    const gone = await valuesIn(redrawnRequest({ settings }), 'gone');
    expect(gone).toEqual([1, 1, 1, 1, ...Array.from({ length: 4 }, () => 1 / 10)]);
  });

  it('leaves out translations that leave the sample as it is, and says so', async () => {
    const given = tensorOf(new Float32Array(6).fill(3), [1, 3, 2]);
    const settings = [
      { definition: 'paper', translations: 2, fill: 3 },
      { definition: 'quantus', translations: 3, fill: 'minimum' },
    ];
    const request = redrawnRequest({ settings, given, map: asIs });
    expect(await valuesIn(request, 'continuity')).toEqual([0, 0]);
    expect(await valuesIn(request, 'unmoved')).toEqual([1, 1]);
  });

  it('depends on no cut of the work, and not on the settings that are scored beside', async () => {
    const settings = settingsFor({ definition: ['paper', 'quantus'], translations: [3, 6] });
    const together = await valuesIn(redrawnRequest({ settings }), 'continuity');
    for (const [s, setting] of settings.entries()) {
      for (let row = 0; row < SAMPLES; row++) {
        const [alone] = await valuesIn(redrawnRequest({ settings: [setting], rows: [row] }), 'continuity');
        expect(alone).toBe(together[s * SAMPLES + row]);
      }
    }
  });

  it('is refused in the plan for a table, and for more translations than leave something of a sample', () => {
    expect(() => settingsFor({}, [12])).toThrow(/a table's 12 features are none/);
    expect(() => settingsFor({ definition: 'quantus' }, [12])).toThrow(/Leave continuity out for tables/);
    expect(() => settingsFor({ translations: 9 })).toThrow(
      'translations: 9 are more than the 8 that leave something of a sample of shape [3, 5, 2], which is 5 wide.',
    );
  });

  it('refuses a map that is not finite, by name', async () => {
    let turn = 0;
    const map = () => [1, turn++ > 4 ? NaN : 2];
    await expect(continuity.score(redrawnRequest({ settings: settingsFor({}), map }))).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('Sample 1 has a map') as string,
    });
  });
});
