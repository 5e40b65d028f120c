import { readFileSync } from 'node:fs';
import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { rowsOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lrp } from '../src/lrp.js';
import { explainOnce, largestDifference } from './sample-model.js';

/** Made by tests/parity/zennit/relevance.py. */
const golden = z
  .object({
    classes: z.array(z.int()),
    contrasts: z.array(z.int()),
    models: z.array(
      z.object({
        name: z.string(),
        model: z.string(),
        inputShape: z.array(z.int()),
        inputs: z.array(z.number()),
        cases: z.array(z.looseObject({ composite: z.string(), contrasted: z.boolean().optional(), map: z.array(z.number()) })),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/zennit/relevance.json', import.meta.url), 'utf8')));

/** What is not the map and not the classes is a parameter of the method. */
const titled = (cases: (typeof golden.models)[number]['cases']) =>
  cases.map(({ map, contrasted = false, ...params }) => {
    return [`${JSON.stringify(params)}${contrasted ? ' of two classes' : ''}`, { map, contrasted, params }] as const;
  });

describe.each(golden.models)('LRP of the network $name', ({ name, model, inputShape, inputs: values, cases }) => {
  const inputs: Tensor = { shape: [golden.classes.length, ...inputShape], data: Float32Array.from(values) };
  let engine: Engine;
  beforeAll(async () => {
    const files = [{ name: 'm.onnx', bytes: new Uint8Array(Buffer.from(model, 'base64')) }];
    engine = await createEngine({ model: await readModel({ files, name }), name: 'onnxruntime', threads: 1 });
  });
  afterAll(() => engine.close());

  /** Each sample's own contrast: a spec has one for all. */
  const explained = (params: object, contrasted: boolean) =>
    Promise.all(
      golden.classes.map((own, sample) =>
        explainOnce(
          lrp,
          { engine, params: { ...params, ...(contrasted ? { contrast: golden.contrasts[sample] } : {}) } },
          { inputs: rowsOf(inputs, sample, sample + 1), classes: Int32Array.of(own) },
        ),
      ),
    );

  it.each(titled(cases))('is what zennit 0.5.1 gives: %s', async (_title, { map, contrasted, params }) => {
    const found = await explained(params, contrasted);
    const maps = found.flatMap(({ maps: { data } }) => [...data]);
    const scale = Math.max(...map.map(Math.abs));
    expect(scale).toBeGreaterThan(1e-4);
    // float32 against float64, through up to 11 layers: 6.6e-7 of the largest value at most.
    expect(largestDifference(maps, map)).toBeLessThan(2e-6 * scale);
    // Only rounding is missing from the sum: 1.5e-5 of it at most.
    for (const { diagnostics } of found) expect(diagnostics.additivityMiss?.[0]).toBeLessThan(1e-4);
  });
});
