import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const relu = { activation: 'relu', padding: 'same', kernel_size: [3, 3], strides: [1, 1], use_bias: true };
const pool = { pool_size: [2, 2], strides: [2, 2], padding: 'valid' };
const convolutions = [
  ['conv2d', 3, 32],
  ['conv2d_1', 32, 32],
  ['conv2d_2', 32, 64],
  ['conv2d_3', 64, 64],
];

/**
 * The report's VGG-7 where REPORT_INPUTS has it, else one of the same shape with random weights (He), written into `folder`
 * as a TF.js model: 224 × 224 × 3, four 3 × 3 convolutions, two poolings, global average, 8 classes; 2.4 GFLOP a pass.
 * @returns {Promise<{name: string, paths: string[]}>} the file a spec names, and all files.
 */
export async function vgg7(folder) {
  const inputs = process.env.REPORT_INPUTS ?? '';
  if (inputs !== '') return { name: 'HMT.h5', paths: [join(inputs, 'HMT.h5')] };
  const draw = uniform(7);
  const values = (count, scale) => Float32Array.from({ length: count }, () => scale * (2 * draw() - 1));
  const weights = [];
  const data = [];
  const add = (name, shape, scale) => {
    weights.push({ name, shape, dtype: 'float32' });
    data.push(
      values(
        shape.reduce((a, b) => a * b, 1),
        scale,
      ),
    );
  };
  for (const [name, from, to] of convolutions) {
    add(`${name}/kernel`, [3, 3, from, to], Math.sqrt(6 / (9 * from)));
    add(`${name}/bias`, [to], 0);
  }
  add('dense/kernel', [64, 8], Math.sqrt(6 / 64));
  add('dense/bias', [8], 0);
  const layer = (class_name, config) => ({ class_name, config });
  const conv = ([name, , filters], more = {}) => layer('Conv2D', { name, filters, ...relu, ...more });
  const [first, second, third, fourth] = convolutions;
  const layers = [
    conv(first, { batch_input_shape: [null, 224, 224, 3], dtype: 'float32' }),
    conv(second),
    layer('MaxPooling2D', { name: 'max_pooling2d', ...pool }),
    conv(third),
    conv(fourth),
    layer('MaxPooling2D', { name: 'max_pooling2d_1', ...pool }),
    layer('GlobalAveragePooling2D', { name: 'global_average_pooling2d' }),
    layer('Dense', { name: 'dense', units: 8, activation: 'softmax', use_bias: true }),
  ];
  const model = {
    format: 'layers-model',
    modelTopology: { class_name: 'Sequential', config: { name: 'vgg7', layers } },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(model));
  await writeFile(join(folder, 'weights.bin'), Buffer.concat(data.map((part) => Buffer.from(part.buffer))));
  return { name: 'a VGG-7 with random weights', paths: [join(folder, 'model.json'), join(folder, 'weights.bin')] };
}

/** The files of a model as `readModel` takes them. */
export const modelFiles = (paths) =>
  Promise.all(paths.map(async (path) => ({ name: path.split('/').pop(), bytes: new Uint8Array(await readFile(path)) })));

/** Writes `count` images of 150 × 150 in 8 classes: blurred noise, so that no two are alike and PNG packs them as photos. */
export async function writeImages(folder, count) {
  const draw = uniform(3);
  for (let index = 0; index < count; index += 1) {
    const inside = join(folder, `class ${index % 8}`);
    await mkdir(inside, { recursive: true });
    const pixels = Uint8Array.from({ length: 150 * 150 * 3 }, () => 255 * draw());
    for (let i = 450; i < pixels.length; i += 1) pixels[i] = (3 * pixels[i - 3] + 3 * pixels[i - 450] + 2 * pixels[i]) / 8;
    await writeFile(join(inside, `${String(index).padStart(4, '0')}.png`), png(pixels, 150));
  }
}

function png(pixels, side) {
  const rows = Buffer.alloc(side * (1 + 3 * side));
  for (let row = 0; row < side; row += 1)
    rows.set(pixels.subarray(row * 3 * side, (row + 1) * 3 * side), row * (1 + 3 * side) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // 8 bits, RGB.
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
