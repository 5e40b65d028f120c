import { expect, it } from 'vitest';
import { readModel } from './reference/read-model.js';

const text = (content: string) => Array.from(new TextEncoder().encode(content));

/** A zip archive's first local header: 26 bytes, the length of the name, that of extra fields, the name. */
const zip = (name: string) => [...text('PK\u0003\u0004'), ...Array<number>(22).fill(0), name.length, 0, 0, 0, ...text(name)];

it.each([
  ['a PyTorch archive', zip('archive/data.pkl'), /^Model "m": It is a PyTorch file.*torch\.onnx\.export/],
  ['TorchScript', zip('model/constants.pkl'), /It is a PyTorch file/],
  ['PyTorch before 1.6', [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a], /It is a PyTorch file/],
  ['safetensors', [...Array.from(new Uint8Array(BigUint64Array.of(2n).buffer)), ...text('{}')], /weights without the model/],
  ['a pickle', [0x80, 4, 0x95, 0, 0], /It is a pickle.*skl2onnx/],
  ['TensorFlow Lite', [0x1c, 0, 0, 0, ...text('TFL3'), 0, 0], /It is a TensorFlow Lite model/],
  ['an array', [0x93, ...text('NUMPY'), 1, 0], /It is an array, not a model/],
  ['zeros', [0, 0, 0, 0], /^Model "m": The file contains only zeros\. Copy or export it again\.$/],
  ['text', text('hello'), /The file is text, not a model: xaigrid reads \.keras, \.h5, model\.json of TF\.js, and \.onnx\./],
  ['bytes of no known format', [0xfe, 1, 2, 3], /The file is not a model of a known format: xaigrid reads/],
  // ir_version 8, then a graph of 100 bytes, of which three are there.
  ['an ONNX file that was cut', [8, 8, 0x3a, 100, 1, 2, 3], /it is cut short, by 97 bytes or more\. Copy or export it again/],
  ['an ONNX file that was changed', [8, 8, 0x3a, 2, 0xff, 0xff], /it is damaged\. Copy or export it again/],
  ['an image', [0x89, ...text('PNG\r\n'), 0x1a, 0x0a], /It is an image, not a model/],
])('a file that is no model is called what it is: %s', async (_, bytes, message) => {
  const reading = readModel({ files: [{ name: 'model.pt', bytes: Uint8Array.from(bytes) }], name: 'm' });
  await expect(reading).rejects.toMatchObject({ code: 'MODEL_UNREADABLE', message: expect.stringMatching(message) as string });
});
