import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelFiles } from '../src/model-files.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-model-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const field = (tag: number, content: readonly number[]): number[] => [tag, content.length, ...content];
const text = (content: string): number[] => Array.from(new TextEncoder().encode(content));

/** ModelProto.graph { initializer { external_data { key: "location" value: "weights.data" } } } */
const withWeightsBeside = Uint8Array.from(
  field(0x3a, field(0x2a, field(0x6a, [...field(0x0a, text('location')), ...field(0x12, text('weights.data'))]))),
);

describe('the files of a model', () => {
  it.each(['m.onnx', 'm.bin', 'm'])('of an ONNX file called %s include its weights', async (name) => {
    await writeFile(join(folder, name), withWeightsBeside);
    await writeFile(join(folder, 'weights.data'), 'w');
    expect((await modelFiles(join(folder, name))).map((file) => file.name)).toEqual([name, 'weights.data']);
  });

  it.each(['m.onnx', 'm.h5', 'm.json', 'm.bin'])('that is empty, %s, is refused', async (name) => {
    await writeFile(join(folder, name), '');
    await expect(modelFiles(join(folder, name))).rejects.toMatchObject({
      code: 'MODEL_UNREADABLE',
      message: `The model file ${join(folder, name)} is empty.`,
    });
  });

  it.each(['m.onnx', 'm.h5', 'm.json', 'weights.data'])('that has 6 GiB, %s, is refused before it is read', async (name) => {
    await writeFile(join(folder, 'm.onnx'), withWeightsBeside);
    await writeFile(join(folder, name), name === 'm.onnx' ? withWeightsBeside : '');
    await truncate(join(folder, name), 6 * 2 ** 30);
    const path = join(folder, name === 'weights.data' ? 'm.onnx' : name);
    await expect(modelFiles(path)).rejects.toMatchObject({
      code: 'MODEL_UNREADABLE',
      message: expect.stringContaining(
        `The model file ${join(folder, name)} has 6.0 GiB; a file of a model must be smaller than 2 GiB.`,
      ) as string,
    });
  });
});
