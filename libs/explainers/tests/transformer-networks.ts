import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';

/** Arrays within arrays, of one shape. */
type Nested = number | readonly Nested[];
export const nested: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.array(nested)]));

const unpacked = z.string().transform((text) => new Uint8Array(inflateSync(Buffer.from(text, 'base64'))));
const schema = z.record(
  z.string(),
  z.object({ models: z.record(z.string(), unpacked), shape: z.array(z.int()), inputs: unpacked }),
);

/** Reads numbers that `npm run parity -- transformers` made. */
export function transformersFile(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../tests/parity/transformers/${name}`, import.meta.url), 'utf8'));
}

const networks = schema.parse(transformersFile('exports.json'));

/** A small vision transformer with its samples. */
export interface TransformerNetwork {
  readonly inputs: Tensor;
  /** The names of its exports; the first is `traced`. */
  readonly exports: readonly string[];
  /** Opens an export. The caller closes the engine. */
  readonly open: (exported?: string) => Promise<Engine>;
}

export function transformerNetwork(name: string): TransformerNetwork {
  const found = networks[name];
  if (found === undefined) throw new TypeError(`There is no network ${name}.`);
  const { models, shape, inputs } = found;
  // Whole numbers of 16ths.
  const data = Float32Array.from(new Int8Array(inputs), (value) => value / 16);
  return {
    inputs: { shape: [data.length / sizeOf(shape), ...shape], data },
    exports: Object.keys(models),
    open: async (exported = 'traced') => {
      const bytes = models[exported];
      if (bytes === undefined) throw new TypeError(`${name} has no export ${exported}.`);
      return createEngine({
        model: await readModel({ files: [{ name: 'm.onnx', bytes }], name }),
        name: 'onnxruntime',
        threads: 1,
      });
    },
  };
}

export function tensorOfNested(values: Nested): Tensor {
  const shape: number[] = [];
  for (let inner: Nested | undefined = values; typeof inner === 'object'; inner = inner[0]) shape.push(inner.length);
  const flat = (value: Nested): number[] => (typeof value === 'number' ? [value] : value.flatMap(flat));
  return { shape, data: Float32Array.from(flat(values)) };
}
