import { readFileSync } from 'node:fs';
import { targets } from '@xaigrid/contracts';
import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { explainer } from '../src/index.js';
import { backgroundOf, explainOnce, largestDifference } from './sample-model.js';

const batch = z.array(z.array(z.array(z.number())));
const golden = z
  .object({
    model: z.string(),
    layer: z.string(),
    inputs: batch,
    reference: batch,
    classes: z.array(z.int()),
    contrasts: z.array(z.int()),
    settings: z.object({ steps: z.int(), reference: z.number(), window: z.int() }),
    cases: z.array(z.object({ target: z.enum(targets), contrasted: z.boolean(), maps: z.record(z.string(), batch) })),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/captum/targets.json', import.meta.url), 'utf8')));

const tensorOf = (rows: z.infer<typeof batch>): Tensor => ({
  shape: [rows.length, rows[0]?.length ?? 0, rows[0]?.[0]?.length ?? 0],
  data: Float32Array.from(rows.flat(2)),
});
const inputs = tensorOf(golden.inputs);
const classes = Int32Array.from(golden.classes);
const { steps, reference, window } = golden.settings;

let engine: Engine;
beforeAll(async () => {
  const files = [{ name: 'm.onnx', bytes: new Uint8Array(Buffer.from(golden.model, 'base64')) }];
  engine = await createEngine({ model: await readModel({ files, name: 'captum' }), name: 'onnxruntime', threads: 1 });
});
afterAll(() => engine.close());

/** As Captum was asked. */
const settingsOf = (method: string): Readonly<Record<string, unknown>> =>
  ({
    gradient: { absolute: false },
    'integrated-gradients': { steps, reference },
    'grad-cam': { layer: engine.model.layers.find(({ name }) => name.includes(golden.layer))?.name },
    occlusion: { window: [window] },
  })[method] ?? {};

/** Each sample's own contrast: a spec has one for all. */
async function mapsOf(method: string, target: string, contrasted: boolean): Promise<number[]> {
  const found = await Promise.all(
    golden.contrasts.map((contrast, sample) =>
      explainOnce(
        explainer(method),
        {
          engine,
          background: backgroundOf(tensorOf(golden.reference)),
          params: { ...settingsOf(method), target, ...(contrasted ? { contrast } : {}) },
        },
        { inputs: tensorOf(golden.inputs.slice(sample, sample + 1)), classes: classes.slice(sample, sample + 1) },
      ),
    ),
  );
  return found.flatMap(({ maps }) => [...maps.data]);
}

const cases = golden.cases.flatMap(({ target, contrasted, maps }) =>
  Object.entries(maps).map(([method, wanted]) => ({ method, target, contrasted, wanted: wanted.flat(2) })),
);

describe.each(cases)('$method of $target (of two classes: $contrasted)', ({ method, target, contrasted, wanted }) => {
  it('is what Captum 0.9.0 gives', async () => {
    const scale = Math.max(...wanted.map(Math.abs));
    expect(scale).toBeGreaterThan(1e-3);
    // float32 against float64: some dozens of products a value.
    expect(largestDifference(await mapsOf(method, target, contrasted), wanted)).toBeLessThan(2e-6 * Math.max(1, scale));
  });
});

it('the samples are those of the golden', () => {
  expect(inputs.shape).toEqual([golden.classes.length, ...engine.model.inputShape]);
});
