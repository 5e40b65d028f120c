import { XaigridError } from '@xaigrid/contracts';
import { fileFormat } from '@xaigrid/tensor';
import { unreadable } from './unreadable.js';

/** The numbers of the fields of a ModelProto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const fieldsOfModels = new Set([1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26]);
const VARINT = 0;
const BYTES = 2;

/** What is wrong with bytes that cannot be decoded as an ONNX model. */
export function whyNoOnnx(bytes: Uint8Array, cause: unknown): XaigridError {
  if (bytes.every((byte) => byte === 0))
    return new XaigridError('MODEL_UNREADABLE', 'The file contains only zeros. Copy or export it again.', { cause });
  const missing = bytesMissing(bytes);
  if (missing === undefined) {
    const what = fileFormat(bytes) === 'text' ? 'text, not a model' : 'not a model of a known format';
    const known = 'xaigrid reads .keras, .h5, model.json of TF.js, and .onnx';
    return new XaigridError('MODEL_UNREADABLE', `The file is ${what}: ${known}.`, { cause });
  }
  return missing > 0
    ? unreadable(`it is cut short, by ${missing} bytes or more. Copy or export it again.`, cause)
    : unreadable('it is damaged. Copy or export it again.', cause);
}

/**
 * How many bytes are missing at the end of what begins as a ModelProto: its last field says how long it is. 0 if none is.
 * Undefined if it does not begin as one.
 */
function bytesMissing(bytes: Uint8Array): number | undefined {
  let at = 0;
  while (at < bytes.length) {
    const tag = varint(bytes, at);
    const [field, wire] = [Math.floor(tag.value / 8), tag.value % 8];
    if (!fieldsOfModels.has(field) || (wire !== VARINT && wire !== BYTES)) return at === 0 ? undefined : 0;
    const value = varint(bytes, tag.end);
    at = wire === BYTES ? value.end + value.value : value.end;
  }
  return at - bytes.length;
}

/** A number of 7 bits a byte, the lowest first, and where it ends. */
function varint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let end = start; ; end++) {
    const byte = bytes[end] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (end - start));
    if (byte < 0x80) return { value, end: end + 1 };
  }
}
