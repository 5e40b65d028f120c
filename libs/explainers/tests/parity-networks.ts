import { readFileSync } from 'node:fs';
import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { channelsLast, rowsOf, sizeOf, takeRows, type Tensor } from '@xaigrid/tensor';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Background, Explainer } from '../src/index.js';
import { backgroundOf, explainOnce, largestDifference, mapOf } from './sample-model.js';

/** Reads numbers that `npm run parity` made: `captum/classifiers.json`. */
function parityFile(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../tests/parity/${path}`, import.meta.url), 'utf8'));
}

const given = z
  .object({
    classes: z.array(z.int()),
    networks: z.record(z.string(), z.object({ model: z.string(), shape: z.array(z.int()).min(3), inputs: z.array(z.number()) })),
  })
  .parse(parityFile('captum/classifiers.json'));

/** The class that is explained of each sample. */
const explainedClasses: Int32Array<ArrayBuffer> = Int32Array.from(given.classes);

/** One of the networks with its samples, channels last. */
export interface ParityNetwork {
  readonly engine: Engine;
  readonly inputs: Tensor;
  /** One of the samples, and its class. */
  sample(index: number): {
    readonly inputs: Tensor;
    readonly classes: Int32Array<ArrayBuffer>;
    readonly sampleIndices: Int32Array<ArrayBuffer>;
  };
}

/** Opens one of the networks. The caller closes its engine. */
async function openNetwork(name: string): Promise<ParityNetwork> {
  const found = given.networks[name];
  if (found === undefined) throw new Error(`There is no network ${name}.`);
  const files = [{ name: `${name}.onnx`, bytes: new Uint8Array(Buffer.from(found.model, 'base64')) }];
  const engine = await createEngine({ model: await readModel({ files, name }), name: 'onnxruntime', threads: 1 });
  const inputs = channelsLast({ shape: found.shape, data: Float32Array.from(found.inputs) });
  const sample: ParityNetwork['sample'] = (index) => ({
    inputs: rowsOf(inputs, index, index + 1),
    classes: explainedClasses.slice(index, index + 1),
    sampleIndices: Int32Array.of(index),
  });
  return { engine, inputs, sample };
}

/** A background of one reference that has the same value everywhere. */
export function constantBackground({ model: { inputShape } }: Pick<Engine, 'model'>, value: number): Background {
  return backgroundOf({ shape: [1, ...inputShape], data: new Float32Array(sizeOf(inputShape)).fill(value) });
}

/** The other samples as the background of a sample. */
export function othersOf({ inputs }: ParityNetwork, sample: number): Background {
  const rows = explainedClasses.map((_, row) => row).filter((row) => row !== sample);
  return backgroundOf(takeRows(inputs, rows));
}

/** The next sample, or after the last the first, as the background of a sample. */
export function nextOf({ inputs }: ParityNetwork, sample: number): Background {
  return backgroundOf(takeRows(inputs, Int32Array.of((sample + 1) % explainedClasses.length)));
}

const libraryCases = z.object({
  cases: z
    .array(
      z.object({
        network: z.string(),
        params: z.record(z.string(), z.unknown()),
        seed: z.int().optional(),
        /** The value of every position of the one reference. */
        reference: z.number().optional(),
        /** One per sample, of the network's own class. */
        maps: z.array(z.array(z.number())),
      }),
    )
    .min(1),
});

/**
 * One test for each case of a file that `npm run parity` makes: a method with these parameters on one of the networks.
 * @param tolerance of the values of maps, which explain probabilities
 */
export function itGivesMapsOfLibrary<Params>(
  file: string,
  method: Explainer<Params>,
  tolerance: number,
  background?: (network: ParityNetwork, sample: number, reference: number) => Background,
): void {
  const { cases } = libraryCases.parse(parityFile(file));
  it.each(cases)(`$network, $params: as in ${file}`, async ({ network: name, params, seed = 0, reference = 0, maps: wanted }) => {
    const network = await openNetwork(name);
    try {
      method.validate(method.params.parse(params), network.engine.model);
      expect(wanted).toHaveLength(explainedClasses.length);
      for (const [index, map] of wanted.entries()) {
        const options = {
          engine: network.engine,
          params,
          seed,
          ...(background && { background: background(network, index, reference) }),
        };
        const { maps } = await explainOnce(method, options, network.sample(index));
        const scale = Math.max(...map.map(Math.abs));
        expect(scale).toBeGreaterThan(1e-4);
        expect(largestDifference(mapOf(maps, 0), map)).toBeLessThan(tolerance);
      }
    } finally {
      await network.engine.close();
    }
  });
}
