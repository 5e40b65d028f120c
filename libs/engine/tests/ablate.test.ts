import { rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { absoluteError } from './comparison.js';
import { convolution, dense, plain } from './models/keras-layers.js';
import { kerasModels, sequential, volume, type KerasModel } from './models/keras-models.js';
import { samplesFor } from './models/samples.js';
import { closeEngines, engineFor, engineKinds, type EngineKind } from './models/test-engines.js';

afterAll(closeEngines);

const cases: readonly { readonly kind: EngineKind; readonly model: KerasModel; readonly name: string }[] = [
  ...kerasModels.flatMap((model) => engineKinds.map((kind) => ({ kind, model, name: model.name }))),
  { kind: 'onnxruntime', model: volume, name: volume.name },
];

/** A network whose rest behind the layer is linear: without a feature map, the logit lacks what the gradient there says. */
const linear = sequential(
  'linear behind conv',
  [8, 2],
  [],
  [
    convolution({ name: 'conv', from: 2, filters: 5, kernel: [3], activation: 'relu' }),
    plain('AveragePooling1D', 'pool', { pool_size: [2], strides: [2], padding: 'valid' }),
    plain('Flatten', 'flatten'),
    dense('dense', 20, 3, 'softmax'),
  ],
);

const SAMPLES = 4;
/** More rows than a batch of any engine, the last batch not full. */
const ROWS = 150;
const rows = (of: (row: number) => number) => Int32Array.from({ length: ROWS }, (_, row) => of(row));

describe.each(engineKinds)('%s', (kind) => {
  it('takes away what the gradient of a linear rest says', async () => {
    const engine = await engineFor(kind, linear);
    const inputs = samplesFor(linear, SAMPLES, 1);
    const sampleOf = rows((row) => (row * 3) % SAMPLES);
    const channelOf = rows((row) => row % 5);
    const outputs = await engine.ablate({ inputs, layer: 'conv', sampleOf, channelOf, target: 'logit' });
    expect(outputs.shape).toEqual([ROWS, 3]);
    const whole = await engine.predict(inputs, 'logit');
    for (let c = 0; c < 3; c++) {
      const classes = new Int32Array(SAMPLES).fill(c);
      const [found] = await engine.gradient({ inputs, classes, wrt: ['conv'], target: 'logit' });
      const wanted = Array.from(sampleOf, (sample, row) => {
        const of = (tensor: Tensor | undefined) => tensor?.data.subarray(sample * 40, (sample + 1) * 40) ?? [];
        const [a, g] = [of(found?.activations), of(found?.gradient)];
        const lost = Array.from(a, (value, at) => (at % 5 === channelOf[row] ? value * (g[at] ?? NaN) : 0));
        return (whole.data[sample * 3 + c] ?? NaN) - lost.reduce((sum, value) => sum + value, 0);
      });
      const own = wanted.map((_, row) => outputs.data[row * 3 + c] ?? NaN);
      expect(new Set(wanted.map((value) => value.toFixed(4))).size).toBeGreaterThan(10);
      // Sums of 20 float32 products.
      expect(absoluteError(own, wanted)).toBeLessThan(2e-6);
    }
  });

  it('refuses layers, samples and feature maps that are not there', async () => {
    const engine = await engineFor(kind, linear);
    const inputs = samplesFor(linear, 2, 1);
    const request = { inputs, layer: 'conv', sampleOf: Int32Array.of(1), channelOf: Int32Array.of(4) };
    const refused = (changed: object, code: string, message: RegExp) =>
      expect(engine.ablate({ ...request, ...changed })).rejects.toMatchObject({
        ...{ code, message: expect.stringMatching(message) as string },
      });
    await refused({ layer: 'cov' }, 'LAYER_NOT_FOUND', /Did you mean "conv"\?/);
    await refused({ sampleOf: Int32Array.of(2) }, 'SHAPE_MISMATCH', /A row names sample 2, but there are 2 samples/);
    await refused({ channelOf: Int32Array.of(5) }, 'SHAPE_MISMATCH', /A row names channel 5, but there are 5 channels/);
    await refused({ channelOf: new Int32Array(2) }, 'SHAPE_MISMATCH', /Rows name 1 samples but 2 channels/);
    expect((await engine.ablate({ ...request, sampleOf: new Int32Array(), channelOf: new Int32Array() })).shape).toEqual([0, 3]);
  });
});

describe.each(cases)('$kind on $name', ({ kind, model }) => {
  it('changes nothing but what lies behind the feature map', async () => {
    const engine = await engineFor(kind, model);
    const inputs = samplesFor(model, SAMPLES, 1);
    const layer = engine.model.layers.find(({ kind: of }) => of.includes('Conv'));
    if (layer === undefined) throw new TypeError('Each of them has one.');
    const channels = layer.shape.at(-1) ?? 1;
    const sampleOf = rows((row) => row % SAMPLES);
    const channelOf = rows((row) => (row * 3) % channels);
    const outputs = await engine.ablate({ inputs, layer: layer.name, sampleOf, channelOf });
    const [activations] = await engine.activations(inputs, [layer.name]);
    const whole = await engine.predict(inputs);
    const size = sizeOf(layer.shape);
    let alive = 0;
    for (let row = 0; row < ROWS; row++) {
      const sample = sampleOf[row] ?? 0;
      const own = activations?.data
        .subarray(sample * size, (sample + 1) * size)
        .filter((_, at) => at % channels === channelOf[row]);
      const found = rowsOf(outputs, row, row + 1).data;
      const before = rowsOf(whole, sample, sample + 1).data;
      // A feature map that is 0 already takes nothing with it.
      if (own?.every((value) => value === 0) === true) expect(absoluteError(found, before)).toBeLessThan(1e-6);
      else if (absoluteError(found, before) > 1e-6) alive++;
      const again = await (row < 3
        ? engine.ablate({
            inputs: rowsOf(inputs, sample, sample + 1),
            layer: layer.name,
            sampleOf: Int32Array.of(0),
            channelOf: channelOf.slice(row, row + 1),
          })
        : undefined);
      // The same bits whatever the other rows are.
      if (again !== undefined) expect([...again.data]).toEqual([...found]);
    }
    expect(alive).toBeGreaterThan(ROWS / 4);
  });
});
