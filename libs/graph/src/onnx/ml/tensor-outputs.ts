import { modelProto, type ModelProto } from '../schema.js';
import { isZipMap } from './class-outputs.js';

/** A file, and the output of it that is a tensor of numbers a class. */
export interface TensorOutput {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/**
 * A file whose output `name` a ZipMap gives, as a dictionary a sample that ONNX Runtime does not hand out here, with an output more: what the
 * ZipMap reads. The file's own bytes stay, and what is added stands behind them, as protocol buffers allow.
 * @returns undefined for any other output
 */
export function withTensorOutput(bytes: Uint8Array, name: string): TensorOutput | undefined {
  // The one place besides `read` where the wire format becomes our types.
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
