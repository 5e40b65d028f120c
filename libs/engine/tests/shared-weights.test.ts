import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32, GraphBuilder, int64s, writeOnnx, type Model } from '@xaigrid/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, readModel, readModelOnce } from '../src/index.js';
import { sharedMemories } from '../src/weights/share-weights.js';
import { holdWeightsFile, removeLeftFolders } from '../src/weights/weights-file.js';
import { uniform } from './models/random.js';

const [FEATURES, HIDDEN, CLASSES] = [4096, 4200, 3];

/** Softmax(relu(x·A)·B): A has 69 MB. */
function fileOf(features: number): Uint8Array {
  const builder = new GraphBuilder('dense');
  const draw = uniform(features);
  const weights = (from: number, to: number) =>
    builder.constant(
      float32(
        Float32Array.from({ length: from * to }, () => (draw() - 0.5) / Math.sqrt(from)),
        [from, to],
      ),
    );
  const x = builder.input('x', 'float', [null, features, 1]);
  const flat = builder.node('Reshape', [x, builder.constant(int64s([-1, features]))]);
  const hidden = builder.node('Relu', [builder.node('MatMul', [flat, weights(features, HIDDEN)])]);
  builder.output(builder.node('Softmax', [builder.node('MatMul', [hidden, weights(HIDDEN, CLASSES)])]), 'p');
  return writeOnnx(builder.build());
}

const read = (bytes: Uint8Array, name: string): Promise<Model> => readModel({ files: [{ name, bytes }], name });

let large: Model;
let small: Model;
beforeAll(async () => {
  large = await read(fileOf(FEATURES), 'large');
  small = await read(fileOf(64), 'small');
});

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`xaigrid-weights-${process.pid}-`));
const inputs = { shape: [2, FEATURES, 1], data: Float32Array.from({ length: 2 * FEATURES }, uniform(7)) };

/** p of one sample, in float64. */
function closedForm(sample: number): number[] {
  const [a, b] = [...large.graph.constants.values()].filter(({ type, data }) => type === 'float' && data.length > 1);
  const hidden = Array.from({ length: HIDDEN }, (_, unit) => {
    let sum = 0;
    for (let i = 0; i < FEATURES; i++)
      sum += (inputs.data[sample * FEATURES + i] ?? NaN) * Number(a?.data[i * HIDDEN + unit] ?? NaN);
    return Math.max(0, sum);
  });
  const logits = Array.from({ length: CLASSES }, (_, c) =>
    hidden.reduce((sum, value, unit) => sum + value * Number(b?.data[unit * CLASSES + c] ?? NaN), 0),
  );
  const shares = logits.map(Math.exp);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

describe('the weights of a large model', () => {
  const given = process.env.TMPDIR;
  afterAll(() => {
    if (given === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = given;
  });

  it('are in the graphs where there is no room for a file', async () => {
    process.env.TMPDIR = '/nowhere/at/all';
    const engine = await createEngine({ model: large, name: 'onnxruntime', threads: 1, isolate: true });
    if (given === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = given;
    const { data } = await engine.predict(inputs);
    await engine.close();
    expect(folders()).toEqual([]);
    for (const [c, wanted] of closedForm(0).entries()) expect(data[c]).toBeCloseTo(wanted, 6);
  });

  it('are shared by all engines of a process: in memory, and in a file that goes with the last of them', async () => {
    const memories = sharedMemories(large);
    expect(Math.max(...[...memories].map(({ byteLength }) => byteLength))).toBe(4 * FEATURES * HIDDEN);
    const engines = await Promise.all(
      [1, 2].map(() => createEngine({ model: large, name: 'onnxruntime', threads: 1, isolate: true })),
    );
    const [folder = ''] = folders();
    const files = readdirSync(join(tmpdir(), folder));
    expect(files).toHaveLength(1);
    expect(readFileSync(join(tmpdir(), folder, files[0] ?? '')).length).toBeGreaterThanOrEqual(4 * FEATURES * HIDDEN);
    const answers = await Promise.all(engines.map((engine) => engine.predict(inputs)));
    expect(answers[0]?.data).toEqual(answers[1]?.data);
    for (const sample of [0, 1])
      for (const [c, wanted] of closedForm(sample).entries())
        expect(answers[0]?.data[sample * CLASSES + c]).toBeCloseTo(wanted, 6);
    const [first, second] = engines;
    await first?.close();
    expect(readdirSync(join(tmpdir(), folder))).toEqual(files);
    const [found] = (await second?.gradient({ inputs, classes: Int32Array.of(0, 1), wrt: 'input' })) ?? [];
    expect(found?.gradient.data.every(Number.isFinite)).toBe(true);
    await second?.close();
    expect(readdirSync(join(tmpdir(), folder))).toEqual([]);
  });

  it('are read from that file, not copied into every session', async () => {
    const engine = await createEngine({ model: large, name: 'onnxruntime', threads: 1, isolate: true });
    const [folder = ''] = folders();
    const [file = ''] = readdirSync(join(tmpdir(), folder));
    const path = join(tmpdir(), folder, file);
    writeFileSync(path, Buffer.alloc(readFileSync(path).length));
    // With weights of zero all classes are equally likely.
    const { data } = await engine.predict(inputs);
    await engine.close();
    for (const value of data) expect(value).toBeCloseTo(1 / 3, 6);
  });

  it('of a small model are nowhere but in its graphs', () => {
    expect(sharedMemories(small).size).toBe(0);
    expect(holdWeightsFile(small)).toBeUndefined();
  });

  it('are not read twice while somebody uses them', async () => {
    const reference = { name: 'large', files: [{ name: 'large', sha256: 'a'.repeat(64), size: 1 }], options: {} };
    const first = await readModelOnce(reference, () => Promise.resolve(large));
    expect(await readModelOnce(reference, () => Promise.reject(new Error('read again')))).toBe(first);
    const other = { ...reference, options: { multiLabel: true } };
    await expect(readModelOnce(other, () => Promise.reject(new Error('read otherwise')))).rejects.toThrow('read otherwise');
    const few = { ...reference, name: 'small' };
    await readModelOnce(few, () => Promise.resolve(small));
    await expect(readModelOnce(few, () => Promise.reject(new Error('read again')))).rejects.toThrow('read again');
  });

  it('that a killed process left are removed by the next one, those of a living process stay', () => {
    const { pid: dead } = spawnSync('true');
    const left = join(tmpdir(), `xaigrid-weights-${dead}-left`);
    const living = join(tmpdir(), `xaigrid-weights-${process.ppid}-used`);
    for (const folder of [left, living]) mkdirSync(folder, { recursive: true });
    removeLeftFolders();
    expect([left, living].map((folder) => existsSync(folder))).toEqual([false, true]);
    rmSync(living, { recursive: true });
  });
});
