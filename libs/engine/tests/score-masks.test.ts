import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { absoluteError } from './comparison.js';
import { resizeHalfPixel } from './formulas.js';
import { dense } from './models/keras-layers.js';
import { kerasModels, sequential, volume, type KerasModel } from './models/keras-models.js';
import { samplesFor } from './models/samples.js';
import { closeEngines, engineFor, engineKinds, type EngineKind } from './models/test-engines.js';
import type { Engine, MaskBaseline, ResizedMasks } from '../src/index.js';

afterAll(closeEngines);

const table = sequential('table', [7], [], [dense('hidden', 7, 6, 'tanh'), dense('dense', 6, 3, 'softmax')]);
const cases: readonly { readonly kind: EngineKind; readonly model: KerasModel; readonly name: string }[] = [
  ...[...kerasModels, table].flatMap((model) => engineKinds.map((kind) => ({ kind, model, name: model.name }))),
  { kind: 'onnxruntime', model: volume, name: volume.name },
];
const SAMPLES = 4;
const MAPS = 3;
const CHANNELS = 2;
/** More rows than a batch of any engine, the last batch not full. */
const ROWS = 150;
const rows = (of: (row: number) => number) => Int32Array.from({ length: ROWS }, (_, row) => of(row));

const isTable = (model: KerasModel) => model.inputShape.length === 1;
const positionsOf = (model: KerasModel) => (isTable(model) ? model.inputShape : model.inputShape.slice(0, -1));

/** Values in [0, 1], as masks have. */
function mapsOf(model: KerasModel, grid: readonly number[]): Tensor {
  const shape = [MAPS, ...grid, CHANNELS];
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, at) => 0.5 + 0.5 * Math.sin(1.3 * at + model.inputShape.length));
  return { shape, data };
}

const grids = (model: KerasModel): (readonly number[])[] => {
  const positions = positionsOf(model);
  return isTable(model) ? [positions] : [positions, positions.map((extent) => Math.ceil(extent / 3))];
};

/** The masked samples one value after the other, in float64. */
function maskedByHand(
  model: KerasModel,
  inputs: Tensor,
  {
    masks,
    sampleOf,
    baselineAt,
  }: { readonly masks: ResizedMasks; readonly sampleOf: Int32Array; readonly baselineAt: (row: number, at: number) => number },
): Tensor {
  const positions = positionsOf(model);
  const size = sizeOf(model.inputShape);
  const channels = size / sizeOf(positions);
  const grid = masks.maps.shape.slice(1, -1);
  const places = sizeOf(grid);
  const data = Array.from(sampleOf).flatMap((sample, row) => {
    const [map, channel] = [masks.mapOf[row] ?? 0, masks.channelOf[row] ?? 0];
    const low = Float64Array.from({ length: places }, (_, t) => masks.maps.data[(map * places + t) * CHANNELS + channel] ?? NaN);
    const resized = grid.join() === positions.join() ? low : resizeHalfPixel(low, grid, positions);
    const [least, most] = [Math.min(...resized), Math.max(...resized)];
    return Array.from({ length: size }, (_, at) => {
      const own = resized[Math.floor(at / channels)] ?? NaN;
      const shown = masks.scaled ? (own - least) / (most - least + 1e-6) : own;
      return (inputs.data[sample * size + at] ?? NaN) * shown + baselineAt(row, at) * (1 - shown);
    });
  });
  return { shape: [sampleOf.length, ...model.inputShape], data: Float32Array.from(data) };
}

describe.each(cases)('$kind on $name', ({ kind, model }) => {
  const inputs = samplesFor(model, SAMPLES, 1);
  const references = samplesFor(model, 5, 2);
  const others = samplesFor(model, SAMPLES, 4);
  const one = { shape: model.inputShape, data: samplesFor(model, 1, 3).data };
  const size = sizeOf(model.inputShape);
  const sampleOf = rows((row) => (row * 3) % SAMPLES);
  const referenceOf = rows((row) => (row * 7) % 5);
  const baselines: readonly {
    readonly name: string;
    readonly baseline: MaskBaseline;
    readonly at: (row: number, at: number) => number;
  }[] = [
    { name: 'zeros', baseline: 'zero', at: () => 0 },
    { name: 'one baseline', baseline: one, at: (_row, at) => one.data[at] ?? NaN },
    {
      name: 'a baseline of each sample',
      baseline: others,
      at: (row, at) => others.data[(sampleOf[row] ?? 0) * size + at] ?? NaN,
    },
    {
      name: 'references',
      baseline: { references, referenceOf },
      at: (row, at) => references.data[(referenceOf[row] ?? 0) * size + at] ?? NaN,
    },
  ];

  it.each(
    baselines.flatMap((baseline) =>
      grids(model).flatMap((grid) => [false, true].map((scaled) => ({ ...baseline, grid, scaled }))),
    ),
  )('shows samples through maps of $grid over $name (scaled: $scaled)', async ({ baseline, at, grid, scaled }) => {
    const engine: Engine = await engineFor(kind, model);
    const masks = {
      maps: mapsOf(model, grid),
      mapOf: rows((row) => row % MAPS),
      channelOf: rows((row) => row % CHANNELS),
      scaled,
    };
    const { outputs, sums } = await engine.scoreMasks({ inputs, sampleOf, masks, baseline });
    const wanted = await engine.predict(maskedByHand(model, inputs, { masks, sampleOf, baselineAt: at }));
    expect(sums).toBeUndefined();
    expect(outputs.shape).toEqual([ROWS, engine.model.classes]);
    // Masks of float32 in place of float64: an ulp or two, passed through the model.
    expect(absoluteError(outputs.data, wanted.data)).toBeLessThan(3e-6);
  });

  it('sums up masks that are not scaled, each weighted by its output', async () => {
    const engine = await engineFor(kind, model);
    for (const grid of grids(model)) {
      const ascending = rows((row) => Math.floor((row * SAMPLES) / ROWS));
      const masks = {
        maps: mapsOf(model, grid),
        mapOf: rows((row) => row % MAPS),
        channelOf: rows((row) => row % CHANNELS),
        scaled: false,
      };
      const classes = Int32Array.from({ length: SAMPLES }, (_, sample) => sample % engine.model.classes);
      const request = { inputs, sampleOf: ascending, masks, baseline: 'zero', sums: { classes } } as const;
      const { outputs, sums } = await engine.scoreMasks(request);
      const positions = positionsOf(model);
      const places = sizeOf(positions);
      // The masks themselves: over ones, of samples that are ones, their complement is the baseline's share.
      const wanted = new Float64Array(SAMPLES * places);
      const ones = { ...inputs, data: inputs.data.map(() => 1) };
      const shown = maskedByHand(model, ones, { masks, sampleOf: ascending, baselineAt: () => 0 });
      const channels = size / places;
      for (const [row, sample] of ascending.entries()) {
        const mask = Array.from({ length: places }, (_, t) => shown.data[row * size + t * channels] ?? NaN);
        const total = mask.reduce((sum, value) => sum + value, 0) + 1e-6;
        const weight = outputs.data[row * engine.model.classes + (classes[sample] ?? 0)] ?? NaN;
        mask.forEach(
          (value, t) => (wanted[sample * places + t] = (wanted[sample * places + t] ?? NaN) + (weight * value) / total),
        );
      }
      expect(sums?.shape).toEqual([SAMPLES, ...positions]);
      const scale = Math.max(...wanted);
      expect(absoluteError(sums?.data ?? [], wanted)).toBeLessThan(5e-6 * scale);
    }
  });

  it('refuses masks, references and sums that do not fit', async () => {
    const engine = await engineFor(kind, model);
    const grid = positionsOf(model);
    const masks = { maps: mapsOf(model, grid), mapOf: Int32Array.of(0), channelOf: Int32Array.of(0), scaled: false };
    const request = { inputs, sampleOf: Int32Array.of(0), masks, baseline: 'zero' } as const;
    const refused = (changed: object, message: RegExp) =>
      expect(engine.scoreMasks({ ...request, ...changed })).rejects.toMatchObject({
        code: 'SHAPE_MISMATCH',
        message: expect.stringMatching(message) as string,
      });
    await refused({ masks: { ...masks, mapOf: Int32Array.of(3) } }, /A row names map 3, but there are 3 maps/);
    await refused({ masks: { ...masks, channelOf: Int32Array.of(-1) } }, /A row names channel -1, but there are 2 channels/);
    await refused({ masks: { ...masks, mapOf: Int32Array.of(0, 1) } }, /Rows name 1 samples but 2 maps and 1 channels/);
    await refused(
      { masks: { ...masks, maps: { ...masks.maps, shape: [MAPS, 1, ...grid, CHANNELS] } } },
      /are not masks for inputs/,
    );
    await refused(
      { baseline: { references, referenceOf: Int32Array.of(5) } },
      /A row names reference 5, but there are 5 references/,
    );
    await refused({ baseline: { references, referenceOf: new Int32Array(2) } }, /Rows name 1 samples but 2 references/);
    await refused(
      { baseline: one, sums: { classes: new Int32Array(SAMPLES) } },
      /Masks can be summed up only if they are maps over zeros/,
    );
  });
});
