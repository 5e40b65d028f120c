import { XaigridError } from '@xaigrid/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../src/onnx/write.js';
import { readModel } from './reference/read-model.js';
import { architectures } from './reference/architectures.js';
import { noise } from './reference/array.js';
import { convolutional } from './reference/fixtures.js';
import { hdf5Bytes } from './reference/keras-hdf5.js';
import { kerasArchive, weightsFrom, type Keras3Model } from './reference/keras-archive.js';
import { tfjsFiles, type LayerFixture } from './reference/keras-models.js';

const codes = ['MODEL_UNREADABLE', 'MODEL_UNSUPPORTED', 'MODEL_NOT_FINITE'];
const FLIPS = 400;
const CUTS = 150;

interface Format {
  readonly format: string;
  readonly bytes: () => Promise<Uint8Array>;
  readonly others: readonly { name: string; bytes: Uint8Array }[];
}
const keras3: Keras3Model = {
  class_name: 'Sequential',
  name: 'sequential',
  layers: [
    { class_name: 'InputLayer', config: { batch_shape: [null, 12, 2], name: 'the_input' } },
    ...(convolutional.topology.config as { layers: LayerFixture[] }).layers.slice(1),
  ],
};
const [json, ...shards] = tfjsFiles(convolutional);
const formats: Format[] = [
  { format: 'HDF5', bytes: () => hdf5Bytes(convolutional), others: [] },
  { format: '.keras', bytes: () => kerasArchive(keras3, weightsFrom(convolutional)), others: [] },
  { format: 'TF.js', bytes: () => Promise.resolve(json?.bytes ?? new Uint8Array()), others: shards },
  { format: 'ONNX', bytes: () => Promise.resolve(writeOnnx(architectures[0]?.graph ?? never())), others: [] },
];

function never(): never {
  throw new Error('no architecture');
}

describe.each(formats)('a damaged $format file', ({ bytes: make, others }) => {
  let good = new Uint8Array();
  beforeAll(async () => {
    good = Uint8Array.from(await make());
  });
  const read = (bytes: Uint8Array) => readModel({ files: [{ name: 'model', bytes }, ...others], name: 'damaged' });
  /** The error's code, `read` when the damage did not show; anything else but our errors fails. */
  const outcome = async (bytes: Uint8Array): Promise<string> => {
    try {
      await read(bytes);
      return 'read';
    } catch (error) {
      if (!(error instanceof XaigridError) || !codes.includes(error.code)) throw error;
      expect(error.message).toMatch(/^Model "damaged": .*[.]$/s);
      return error.code;
    }
  };

  it('that ends too early is never a model', async () => {
    for (let cut = 0; cut < CUTS; cut++) {
      const length = Math.floor((good.length * cut) / CUTS);
      expect([length, await outcome(good.subarray(0, length))]).not.toContain('read');
    }
  });

  it('with a flipped bit is a model or one of our errors', async () => {
    const next = noise(good.length);
    for (let flip = 0; flip < FLIPS; flip++) {
      const damaged = Uint8Array.from(good);
      const at = Math.floor(((next() + 1) / 2) * good.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (flip % 8));
      await outcome(damaged);
    }
    // The library that read all of them still reads the good one.
    expect(await outcome(good)).toBe('read');
  });

  it('of noise is refused', async () => {
    const next = noise(1);
    const tail = Uint8Array.from({ length: 3000 }, () => Math.floor(next() * 128));
    expect(await outcome(tail)).not.toBe('read');
    const headed = Uint8Array.from([...good.subarray(0, 16), ...tail]);
    expect(await outcome(headed)).not.toBe('read');
  });
});

describe('no model at all', () => {
  it('is an empty file', async () => {
    await expect(readModel({ files: [{ name: 'm', bytes: new Uint8Array() }], name: 'empty' })).rejects.toMatchObject({
      code: 'MODEL_UNREADABLE',
    });
  });

  it('is an HDF5 file that holds weights only', async () => {
    const { default: h5wasm, File, FS } = await import('h5wasm');
    await h5wasm.ready;
    const file = new File('weights.h5', 'w');
    file.create_group('conv1d');
    file.close();
    const bytes = Uint8Array.from(FS?.readFile('weights.h5') ?? []);
    await expect(readModel({ files: [{ name: 'm', bytes }], name: 'weights' })).rejects.toMatchObject({
      code: 'MODEL_UNREADABLE',
      message: expect.stringMatching(/weights only/) as string,
    });
  });
});
