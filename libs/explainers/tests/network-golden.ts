import { readFileSync } from 'node:fs';
import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { tensorOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { explainer } from '../src/index.js';
import { backgroundOf, explainOnce } from './sample-model.js';

type Nested = number | readonly Nested[];
const nested: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.array(nested)]));

const networkSchema = z.object({
  name: z.string(),
  model: z.string(),
  /** Of the file of the model. */
  extension: z.string().default('onnx'),
  inputs: nested,
  classes: z.array(z.int()),
  background: nested.optional(),
  maps: z.record(z.string(), nested),
});

/** What a library said of the networks of `tests/parity/shared/networks.py`. */
export interface NetworkGolden {
  readonly name: string;
  readonly inputs: Tensor;
  readonly classes: Int32Array<ArrayBuffer>;
  readonly background: Tensor | undefined;
  /** The names of the maps. */
  readonly mapNames: readonly string[];
  /** The library's map, channels last, flat. */
  readonly map: (name: string) => number[];
  /** Compiles the network; the caller closes it. */
  engine(): Promise<Engine>;
}

/** @param path under `tests/parity`, such as `captum/gradient_methods.json` */
export function networkGoldens<Settings>(
  path: string,
  settings: z.ZodType<Settings>,
): { readonly settings: Settings; readonly networks: readonly NetworkGolden[] } {
  const text = readFileSync(new URL(`../../../tests/parity/${path}`, import.meta.url), 'utf8');
  const golden = z.object({ settings, networks: z.array(networkSchema) }).parse(JSON.parse(text));
  return {
    settings: golden.settings,
    networks: golden.networks.map(({ name, model, extension, inputs, classes, background, maps }) => ({
      name,
      inputs: tensorFrom(inputs),
      classes: Int32Array.from(classes),
      background: background === undefined ? undefined : tensorFrom(background),
      mapNames: Object.keys(maps),
      map: (wanted) => {
        const found = maps[wanted];
        if (found === undefined) throw new TypeError(`The golden has no map "${wanted}", but ${Object.keys(maps).join(', ')}.`);
        return flattened(found);
      },
      engine: async () => {
        const files = [{ name: `${name}.${extension}`, bytes: new Uint8Array(Buffer.from(model, 'base64')) }];
        return createEngine({ model: await readModel({ files, name }), name: 'onnxruntime', threads: 1 });
      },
    })),
  };
}

/** The maps of all samples of a golden, of logits unless `params` says otherwise. */
export async function mapsOf(
  { inputs, classes, background }: NetworkGolden,
  engine: Engine,
  { method, params, seed = 0 }: { readonly method: string; readonly params: object; readonly seed?: number },
): Promise<number[]> {
  const { maps } = await explainOnce(
    explainer(method),
    {
      engine,
      seed,
      params: { target: 'logit', ...params },
      ...(background === undefined ? {} : { background: backgroundOf(background) }),
    },
    { inputs, classes },
  );
  return [...maps.data];
}

function tensorFrom(values: Nested): Tensor {
  const shape: number[] = [];
  for (let inner: Nested | undefined = values; typeof inner === 'object'; inner = inner[0]) shape.push(inner.length);
  return tensorOf(Float32Array.from(flattened(values)), shape);
}

function flattened(values: Nested): number[] {
  return typeof values === 'number' ? [values] : values.flatMap(flattened);
}
