import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { arrayOf } from '../constants.js';
import type { Constant, ElementType } from '../graph.js';
import { elementTypeOf } from '../shapes/elementwise.js';
import type { TensorProto } from './schema.js';
import { integer, unreadable } from './unreadable.js';

/** Gives the bytes of a file with weights, by its name in the model. */
export type ExternalData = (location: string) => Uint8Array | undefined;

/**
 * The constant of a tensor in a file.
 * @throws MODEL_UNREADABLE, MODEL_UNSUPPORTED
 */
export function constantFrom(proto: TensorProto, external: ExternalData = () => undefined): Constant {
  const type = elementTypeOf(proto.dataType);
  const where = `tensor "${proto.name}"`;
  if (type === undefined)
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model's ${where} has element type ${proto.dataType}, which is not supported.`,
    );
  const shape = proto.dims.map(integer);
  if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) throw unreadable(`${where} has a malformed shape.`);
  const size = sizeOf(shape) * arrayOf[type].BYTES_PER_ELEMENT;
  const data = dataFrom(proto.dataLocation === 0 ? proto : { ...proto, rawData: rawFrom(proto, size, external) }, type);
  if (data.length !== sizeOf(shape))
    throw unreadable(`${where} has ${data.length} values where its shape says ${sizeOf(shape)}.`);
  return { type, shape, data };
}

function dataFrom(proto: TensorProto, type: ElementType): Constant['data'] {
  const Data = arrayOf[type];
  if (proto.rawData.length > 0) {
    return new Data(copyOf(proto.rawData), 0, Math.floor(proto.rawData.length / Data.BYTES_PER_ELEMENT));
  }
  if (type === 'int64') return BigInt64Array.from(proto.int64Data, (value) => BigInt(value.toString()));
  if (type === 'double') return Float64Array.from(proto.doubleData);
  if (type === 'float') return Float32Array.from(proto.floatData);
  return arrayOf[type].from(proto.int32Data);
}

/** Copies of this size or more are in memory that threads can share. */
const LARGE = 64 * 2 ** 10;

/** A copy of the bytes. Bytes of a file are rarely aligned, and the copy lets the file be freed. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  const memory = bytes.length >= LARGE ? new SharedArrayBuffer(bytes.length) : new ArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  // Readers of constants need not distinguish the two kinds of memory.
  return memory as ArrayBuffer;
}

/** The bytes of a tensor within another file. */
function rawFrom({ name, externalData }: TensorProto, size: number, external: ExternalData): Uint8Array {
  const entry = (wanted: string) => externalData.find(({ key }) => key === wanted)?.value;
  const location = entry('location') ?? '';
  const file = external(location);
  if (file === undefined) {
    throw unreadable(`tensor "${name}" is kept in the file "${location}", which is not beside it. Keep the two files together.`);
  }
  const offset = Number(entry('offset') ?? 0);
  const length = Number(entry('length') ?? size);
  if (![offset, length].every((bytes) => Number.isSafeInteger(bytes) && bytes >= 0))
    throw unreadable(
      `tensor "${name}" is said to be ${length} bytes from byte ${offset} on in the file "${location}", which is no place.`,
    );
  if (length !== size)
    throw unreadable(
      `tensor "${name}" is ${size} bytes by its shape, but ${length} bytes of the file "${location}" are said to hold it.`,
    );
  if (offset + length > file.byteLength)
    throw unreadable(
      `the file "${location}" has ${file.byteLength} bytes, but tensor "${name}" ends at byte ${offset + length}. Copy or export both files again.`,
    );
  return file.subarray(offset, offset + length);
}
