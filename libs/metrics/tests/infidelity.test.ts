import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { infidelities } from '../src/faithfulness/infidelity/infidelities.js';
import { infidelity as metric } from '../src/faithfulness/infidelity.js';
import { libraryGolden } from './library-golden.js';
import { exactMaps, mapsOf, score, smallScene, type Scene } from './small-scene.js';
import { softmaxEngine } from './softmax-engine.js';

const scene = smallScene([4, 4, 2]);
const { inputs, classes, network } = scene;
const SIZE = 32;
const waves = (place: number): number => Math.sin(2.1 * place);
const weights = mapsOf([4, 4, 2], (place) => Math.cos(3 * (place % SIZE) + 5 * (classes[Math.floor(place / SIZE)] ?? NaN)));

const scores = async (params: object, maps = mapsOf([4, 4], waves), own: Scene = scene) => score(metric, own, { maps, params });

describe('infidelity', () => {
  it('is 0 of the gradient of a linear output, however the sample is changed', async () => {
    const perturbation = ['noisy-baseline', 'noise', 'square', 'blocks'];
    const { measures } = await scores({ perturbation, side: 2, draws: 30, attributions: 'local', target: 'logit' }, weights);
    // Logits and copies are float32: 6e-8 of about 5, squared.
    for (const value of measures.infidelity ?? []) expect(value).toBeLessThan(1e-12);
    expect(measures.infidelity?.length).toBe(12);
  });

  it('is 0 of what each value gives to a linear output, where squares or blocks go', async () => {
    const params = {
      perturbation: ['square', 'blocks'],
      side: 2,
      draws: 30,
      attributions: 'global',
      baseline: 0.25,
      target: 'logit',
    };
    const { measures } = await scores(params, exactMaps(scene, 0.25));
    for (const value of measures.infidelity ?? []) expect(value).toBeLessThan(1e-12);
    // One number a position, of its channels together.
    const summed = mapsOf([4, 4], (position) => {
      const { data } = exactMaps(scene, 0.25);
      return (data[2 * position] ?? NaN) + (data[2 * position + 1] ?? NaN);
    });
    for (const value of (await scores(params, summed)).measures.infidelity ?? []) expect(value).toBeLessThan(1e-12);
  });

  it.each([
    { perturbation: 'noisy-baseline', baseline: 0.5 },
    { perturbation: 'noise' },
    { perturbation: 'square', attributions: 'local', side: 3 },
    { perturbation: 'blocks', side: 2 },
  ])('by $perturbation is the mean square over the copies that were made', async (given) => {
    const params = { ...given, ...(given.perturbation === 'blocks' ? {} : { draws: 40 }) };
    const maps = mapsOf([4, 4], waves);
    const { measures, copies } = await scores(params, maps);
    const normalized = await scores({ ...params, normalize: true }, maps);
    const each = copies.length / 3;
    for (const n of [0, 1, 2]) {
      const x = [...inputs.data.subarray(n * SIZE, (n + 1) * SIZE)];
      const output = (values: ArrayLike<number>): number => network.outputsOf(values)[n] ?? NaN;
      const pairs = copies.slice(n * each, (n + 1) * each).map((copy) => {
        const foretold = x.reduce((sum, value, at) => {
          return sum + (maps.data[n * 16 + Math.floor(at / 2)] ?? NaN) * (value - (copy[at] ?? NaN));
        }, 0);
        return { foretold, change: output(x) - output(copy) };
      });
      const mean = (of: (pair: { foretold: number; change: number }) => number): number =>
        pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
      // The engine's probabilities are float32: 6e-8 in squares of up to 10.
      expect(measures.infidelity?.[n]).toBeCloseTo(
        mean(({ foretold, change }) => (foretold - change) ** 2),
        5,
      );
      const scale = mean(({ foretold, change }) => foretold * change) / mean(({ foretold }) => foretold ** 2);
      expect(normalized.measures.infidelity?.[n]).toBeCloseTo(
        mean(({ foretold, change }) => (scale * foretold - change) ** 2),
        5,
      );
    }
  });

  it('draws normal noise of that deviation, around the baseline or the sample', async () => {
    for (const [perturbation, centre] of [
      ['noisy-baseline', () => 0.5],
      ['noise', (at: number) => inputs.data[at] ?? NaN],
    ] as const) {
      const { copies } = await scores({ perturbation, deviation: 0.2, draws: 200, baseline: 0.5 });
      const moves = copies.flatMap((copy, row) =>
        Array.from(copy, (value, at) => value - centre(Math.floor(row / 200) * SIZE + at)),
      );
      const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length;
      const variance = moves.reduce((sum, move) => sum + move ** 2, 0) / moves.length;
      // 19 200 moves: the mean's standard error is 0.2/139, the variance's √(2/19 200) = 1 % of it.
      expect(Math.abs(mean)).toBeLessThan(4 * 0.00145);
      expect(Math.abs(variance / 0.04 - 1)).toBeLessThan(4 * 0.0102);
    }
  });

  it('draws every square of every side up to the largest equally often', async () => {
    const { copies } = await scores({ perturbation: 'square', side: 3, draws: 3000, baseline: 7 });
    const counts = new Map<string, number>();
    for (const copy of copies) {
      const places = Array.from({ length: 16 }, (_, position) => position).filter((position) => copy[2 * position] === 7);
      const side = Math.sqrt(places.length);
      const [first = NaN] = places;
      expect(places).toEqual(Array.from({ length: side * side }, (_, i) => first + 4 * Math.floor(i / side) + (i % side)));
      expect(places.every((position) => copy[2 * position + 1] === 7)).toBe(true);
      counts.set(places.join(), (counts.get(places.join()) ?? 0) + 1);
    }
    // 16 + 9 + 4 squares, each 9000/29 = 310 times; one standard deviation is 17.
    expect(counts.size).toBe(29);
    for (const count of counts.values()) expect(Math.abs(count - 9000 / 29)).toBeLessThan(4.5 * 17.3);
  });

  it('is what Captum gives for the same perturbations: plain and normalized, of local and global attributions', async () => {
    const golden = libraryGolden(
      'captum/infidelity.json',
      z.object({
        ...{ target: z.enum(['probability', 'logit']), normalize: z.boolean(), attributions: z.enum(['local', 'global']) },
        ...{ changed: z.array(z.array(z.array(z.array(z.number())))), scores: z.array(z.number()) },
      }),
    );
    expect(golden.cases.length).toBe(8);
    for (const { maps, target, normalize, attributions, changed, scores: expected } of golden.cases) {
      const { engine } = softmaxEngine(golden.inputs.shape.slice(1), 3);
      const outputs = await engine.predict(golden.inputs, target);
      const copies = changed.length / expected.length;
      let sample = 0;
      const found = await infidelities(
        { engine, inputs: golden.inputs, maps, classes: golden.classes },
        {
          ...{ baseline: 'zero', target, random: () => sampleRandom(0, 0, 0) },
          whole: Float64Array.from(golden.classes, (c, n) => outputs.data[n * 3 + c] ?? NaN),
          perturbation: {
            copies,
            of: () => {
              const own = sample++;
              return (values, copy) => {
                values.set(changed[own * copies + copy]?.flat(2) ?? []);
                return undefined;
              };
            },
          },
        },
      );
      expected.forEach((value, n) => {
        const ours = found[n]?.[attributions][normalize ? 'normalized' : 'plain'] ?? NaN;
        // Both in float64 of the same float32 outputs; Captum takes the square apart where it normalizes, which costs some digits.
        expect(Math.abs(ours / value - 1)).toBeLessThan(1e-12);
      });
    }
  });

  it('is what Quantus gives', async () => {
    const golden = libraryGolden(
      'quantus/infidelity.json',
      z.object({ target: z.enum(['probability', 'logit']), side: z.number(), scores: z.array(z.number()) }),
    );
    const inputShape = golden.inputs.shape.slice(1);
    const own = { ...golden, inputShape, network: softmaxEngine(inputShape, 3) };
    for (const { maps, target, side, scores: expected } of golden.cases) {
      const { measures } = await scores({ definition: 'quantus', target, side }, maps, own);
      // Quantus subtracts and multiplies samples in float32: 6e-8 of each of 32 products.
      expected.forEach((value, n) => expect(Math.abs((measures.infidelity?.[n] ?? NaN) / value - 1)).toBeLessThan(1e-6));
    }
  });

  it('asks the model once about what only the reading of a map tells apart', async () => {
    const params = { draws: 10, attributions: ['local', 'global'], normalize: [false, true] };
    const { measures, copies } = await scores(params);
    expect(copies.length).toBe(3 * 10);
    expect(new Set(measures.infidelity).size).toBe(12);
    const settings = metric.settings(metric.params.parse(params), network.engine.model);
    expect(metric.passes(settings, network.engine.model)).toEqual({ forward: 10, gradient: 0 });
  });

  it('depends neither on which samples are scored together nor on the settings beside', async () => {
    for (const perturbation of ['noisy-baseline', 'square']) {
      const together = await scores({ perturbation: ['noisy-baseline', 'square'], draws: 10, side: 2 });
      const alone = await score(metric, scene, {
        ...{ maps: mapsOf([4, 4], waves), params: { perturbation, draws: 10, side: 2 }, rows: [2] },
      });
      const at = perturbation === 'square' ? 3 : 0;
      expect(alone.measures.infidelity?.[0]).toBe(together.measures.infidelity?.[at + 2]);
    }
  });

  it('tells of zero maps, and refuses what does not fit', async () => {
    const zero = await scores(
      { draws: 5 },
      mapsOf([4, 4], () => 0),
    );
    expect([...(zero.measures.zeroMaps ?? [])]).toEqual([1, 1, 1]);
    const settings = (params: object, inputShape: readonly number[] = [12, 12, 3]) =>
      metric.settings(metric.params.parse(params), { ...network.engine.model, inputShape });
    expect(settings({ definition: ['paper', 'captum', 'quantus'] })).toEqual([
      {
        ...{ perturbation: 'noisy-baseline', draws: 1000, deviation: 0.2, attributions: 'local' },
        ...{ normalize: false, baseline: 'zero', target: 'probability' },
      },
      {
        ...{ definition: 'captum', perturbation: 'noise', draws: 10, deviation: 0.003, attributions: 'local' },
        ...{ normalize: false, baseline: 'zero', target: 'probability' },
      },
      {
        ...{ definition: 'quantus', perturbation: 'blocks', side: 4, attributions: 'local' },
        ...{ normalize: false, baseline: 'minimum', target: 'logit' },
      },
    ]);
    expect(settings({ perturbation: 'square' })).toMatchObject([{ side: 10, attributions: 'global' }]);
    expect(() => settings({ perturbation: 'square' }, [8, 12, 1])).toThrow('squares of up to 10 positions along a side');
    expect(() => settings({ perturbation: 'blocks', side: 5 })).toThrow('do not cut the 12 × 12 positions of a sample evenly');
    expect(() => settings({ perturbation: 'square' }, [12])).toThrow('the 12 features of a table are no neighbours');
    await expect(
      scores(
        {},
        mapsOf([4, 4], (at) => (at === 17 ? NaN : at)),
      ),
    ).rejects.toMatchObject({
      ...{ code: 'NOT_FINITE', message: expect.stringContaining('Sample 101 has a map') as string },
    });
  });
});
