import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { parsed } from './parsed.js';
import { pathOf, weightsByPath, type KerasFile, type PathWeight } from './weights.js';

const manifestSchema = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().nonnegative()),
        dtype: z.string(),
        quantization: z.unknown().optional(),
      }),
    ),
  }),
);
const fileSchema = z.object({ modelTopology: z.record(z.string(), z.unknown()), weightsManifest: manifestSchema });

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Whether the bytes are JSON with a `modelTopology`; returns the JSON. */
export function tfjsJson(bytes: Uint8Array): unknown {
  // `{` after blanks: cheaper than decoding a large binary file.
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

/** The weight shards a TF.js layers model needs, as its `model.json` names them. */
export function tfjsShards(json: unknown): string[] {
  return parsed(fileSchema, json, 'model.json').weightsManifest.flatMap(({ paths }) => paths);
}

/**
 * Reads a TF.js layers model: `model.json` and its weight shards.
 * @throws MODEL_UNREADABLE for a missing shard or too few bytes, MODEL_UNSUPPORTED for quantized weights and graph models
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
      const { name, shape, dtype } = entry;
      // Seeds and counters of training.
      const bytesEach = { int32: 4, int64: 8, bool: 1, uint8: 1 }[dtype];
      if (bytesEach !== undefined && entry.quantization === undefined) {
        offset += sizeOf(shape) * bytesEach;
        return [];
      }
      if (dtype !== 'float32' || entry.quantization !== undefined) {
        throw new XaigridError('MODEL_UNSUPPORTED', `Weight "${name}" is quantized or ${dtype}; float32 weights are supported.`);
      }
      const length = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT;
      if (offset + length > bytes.byteLength)
        throw new XaigridError('MODEL_UNREADABLE', `The weight files end before weight "${name}" does.`);
      // Behind a single byte (a boolean) nothing is aligned any more.
      const data =
        offset % Float32Array.BYTES_PER_ELEMENT === 0
          ? new Float32Array(bytes.buffer, offset, sizeOf(shape))
          : new Float32Array(bytes.slice(offset, offset + length).buffer);
      offset += length;
      return [{ name, path: pathOf(name), shape, data }];
    });
  });
  return {
    topology: modelTopology.model_config ?? modelTopology,
    // Also of a model that Keras 3 made and the converter wrote: TensorFlow.js has Keras 2's functions.
    kerasVersion: 2,
    definitions: 'tensorflow.js',
    weightsOf: (layer) => weightsByPath(weights, layer),
  };
}

function shard(path: string, files: readonly NamedFile[]): Uint8Array {
  const file = files.find(({ name }) => name === path || name.endsWith(`/${path}`));
  if (file === undefined)
    throw new XaigridError('MODEL_UNREADABLE', `The weight file "${path}" that model.json names is missing.`);
  return file.bytes;
}

/** The shards one after the other. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.byteLength;
  }
  return all;
}
