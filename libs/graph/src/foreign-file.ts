import { XaigridError } from '@xaigrid/contracts';
import { fileFormat, type FileFormat } from '@xaigrid/tensor';

const toOnnx = 'Export the model to ONNX: torch.onnx.export(model.eval(), example, "model.onnx")';
const saved = 'xaigrid reads files of model.save("model.keras"), tf.LayersModel.save and torch.onnx.export';

/** For files that are not models, or models of other kinds: what they are, and what to do. */
const foreign: Readonly<Partial<Record<FileFormat, string>>> = {
  pytorch: `It is a PyTorch file, which only Python can read. ${toOnnx}`,
  safetensors: `It is a safetensors file: weights without the model they belong to. ${toOnnx}`,
  pickle: `It is a pickle, which only Python can read. Export the model to ONNX, with torch.onnx.export or skl2onnx`,
  npy: `It is an array, not a model. ${saved}`,
  npz: `It is an archive of arrays, not a model. ${saved}`,
  gzip: 'It is compressed by gzip. Unpack it first',
  image: `It is an image, not a model. ${saved}`,
};

/** `TFL3`, which follows the first offset of a flatbuffer. */
const TFLITE = [0x54, 0x46, 0x4c, 0x33];

/** @throws MODEL_UNREADABLE for a file that is recognised as something other than a supported model. */
export function refuseForeignFile(bytes: Uint8Array): void {
  const format = fileFormat(bytes);
  const known = TFLITE.every((byte, index) => bytes[4 + index] === byte)
    ? 'It is a TensorFlow Lite model. Save the Keras model that it was made from with model.save("model.keras"), or convert it with tf2onnx'
    : format === undefined
      ? undefined
      : foreign[format];
  if (known !== undefined) throw new XaigridError('MODEL_UNREADABLE', `${known}.`);
}
