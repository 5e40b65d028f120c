import { modelProto, type ModelProto } from '../schema.js';
import { isZipMap } from './class-outputs.js';

/** A file, and the name of its output that is a tensor with one number per class. */
export interface TensorOutput {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/**
 * Adds a tensor output to a file whose output `name` comes from a ZipMap, as one dictionary per sample, which ONNX Runtime does
 * not return here. The new output is the input of the ZipMap. The file's own bytes stay; the addition is appended to them, as
 * protocol buffers allow.
 * @returns undefined for any other output
 */
export function withTensorOutput(bytes: Uint8Array, name: string): TensorOutput | undefined {
  // Besides `read`, this is the only place where the wire format becomes our types.
  const { graph } = modelProto.decode(bytes) as unknown as ModelProto;
  const zipped = graph?.node.find((node) => isZipMap(node) && node.output[0] === name)?.input[0];
  if (graph === null || zipped === undefined) return undefined;
  if (graph.output.some((output) => output.name === zipped)) return { bytes, name: zipped };
  const more = modelProto.encode(Object.assign(modelProto.create(), { graph: { output: [{ name: zipped }] } })).finish();
  const both = new Uint8Array(bytes.length + more.length);
  both.set(bytes);
  both.set(more, bytes.length);
  return { bytes: both, name: zipped };
}
