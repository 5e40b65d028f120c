import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { halfValue } from '../half-value.js';
import { parsed } from './parsed.js';
import { pathOf, weightsByPath, type KerasFile, type PathWeight } from './weights.js';

/** Quantized numbers are `min + scale · q`. For float16 they are the 16 bits. */
const quantizationSchema = z.object({
  dtype: z.enum(['uint8', 'uint16', 'float16']),
  scale: z.number().optional(),
  min: z.number().optional(),
});

const manifestSchema = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().nonnegative()),
        dtype: z.string(),
        quantization: quantizationSchema.optional(),
      }),
    ),
  }),
);
const fileSchema = z.object({ modelTopology: z.record(z.string(), z.unknown()), weightsManifest: manifestSchema });

/** A file that was read, with the name by which other files refer to it. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The parsed JSON if the bytes are JSON with a `modelTopology`, otherwise undefined. */
export function tfjsJson(bytes: Uint8Array): unknown {
  // A `{` after blanks: this test is cheaper than decoding a large binary file.
  const first = bytes.find((byte) => byte > 32);
  if (first !== 0x7b) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new XaigridError('MODEL_UNREADABLE', 'The model file starts like JSON but is truncated or malformed.', {
      cause: error,
    });
  }
}

/** The names of the weight files that a TF.js layers model needs, from its `model.json`. */
export function tfjsShards(json: unknown): string[] {
  return parsed(fileSchema, json, 'model.json').weightsManifest.flatMap(({ paths }) => paths);
}

/**
 * Reads a TF.js layers model: `model.json` and its weight files.
 * @throws MODEL_UNREADABLE for a missing file or too few bytes, MODEL_UNSUPPORTED for unsupported quantization and for graph
 * models
 */
export function readTfjs(json: unknown, files: readonly NamedFile[]): KerasFile {
  const { modelTopology, weightsManifest } = parsed(fileSchema, json, 'model.json');
  if ('node' in modelTopology) {
    throw new XaigridError('MODEL_UNSUPPORTED', 'The model is a TF.js graph model; TF.js layers models are supported.');
  }
  const weights = weightsManifest.flatMap(({ paths, weights: entries }) => {
    const bytes = joined(paths.map((path) => shard(path, files)));
    let offset = 0;
    return entries.flatMap((entry): PathWeight[] => {
      const { name, shape } = entry;
      const stored = storedAs(entry);
      const length = sizeOf(shape) * bytesOf[stored.type];
      if (offset + length > bytes.byteLength)
        throw new XaigridError(
          'MODEL_UNREADABLE',
          `The weight files have ${bytes.byteLength} bytes, but weight "${name}" ends at byte ${offset + length}. Copy or save the model again.`,
        );
      const own = bytes.subarray(offset, offset + length);
      offset += length;
      const data = numbersOf(own, stored);
      return data === undefined ? [] : [{ name, path: pathOf(name), shape, data }];
    });
  });
  return {
    topology: modelTopology.model_config ?? modelTopology,
    // This also holds for a model that Keras 3 made and the converter wrote: TensorFlow.js has the functions of Keras 2.
    kerasVersion: 2,
    definitions: 'tensorflow.js',
    weightsOf: (layer) => weightsByPath(weights, layer),
  };
}

const bytesOf = { float32: 4, int32: 4, int64: 8, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

/** How a weight is stored, and whether it is a number of the model and not a seed or counter of training. */
interface Stored {
  readonly type: keyof typeof bytesOf;
  readonly scale: number;
  readonly min: number;
  readonly counts: boolean;
}

type Entry = z.infer<typeof manifestSchema>[number]['weights'][number];

/** @throws MODEL_UNSUPPORTED for a type that weights cannot have */
function storedAs({ name, dtype, quantization }: Entry): Stored {
  const { scale = 1, min = 0 } = quantization ?? {};
  if (dtype === 'float32') return { type: quantization?.dtype ?? 'float32', scale, min, counts: false };
  if (Object.hasOwn(bytesOf, dtype)) return { type: quantization?.dtype ?? (dtype as Stored['type']), scale, min, counts: true };
  throw new XaigridError('MODEL_UNSUPPORTED', `Weight "${name}" is ${dtype}; weights are float32, as they are or quantized.`);
}

/** The numbers in float32. Undefined for a counter. */
function numbersOf(bytes: Uint8Array<ArrayBuffer>, { type, scale, min, counts }: Stored): Float32Array<ArrayBuffer> | undefined {
  if (counts) return undefined;
  // After a single byte (a boolean), nothing is aligned.
  const aligned = bytes.byteOffset % bytesOf[type] === 0 ? bytes : bytes.slice();
  const length = bytes.length / bytesOf[type];
  const at = [aligned.buffer, aligned.byteOffset, length] as const;
  if (type === 'float32') return new Float32Array(...at);
  if (type === 'float16') return Float32Array.from(new Uint16Array(...at), halfValue);
  return Float32Array.from(type === 'uint8' ? aligned : new Uint16Array(...at), (q) => q * scale + min);
}

function shard(path: string, files: readonly NamedFile[]): Uint8Array {
  const file = files.find(({ name }) => name === path || name.endsWith(`/${path}`));
  if (file === undefined)
    throw new XaigridError('MODEL_UNREADABLE', `The weight file "${path}" that model.json names is missing.`);
  return file.bytes;
}

/** The files one after the other. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.byteLength;
  }
  return all;
}
