import { XaigridError } from '@xaigrid/contracts';
import { layerImports, operations } from './layers/registry.js';
import { isOperation } from './topology.js';
import type { KerasLayer } from './keras-layer.js';

/** Why a layer is refused whatever its options, and what to do instead. */
const reasons: Readonly<Record<string, string>> = {
  Lambda:
    'holds Python code, which only Python can run. Write it with operators, keras.ops or layers (Rescaling for x / 255) and save the model again, or convert the model to ONNX with tf2onnx',
  // Its gates are convolutions over steps and volumes: four axes, which ONNX Runtime does not compute.
  ConvLSTM3D: 'is a recurrence over volumes, not supported. Supported are ConvLSTM1D over signals and ConvLSTM2D over images',
  TFSMLayer: 'is a SavedModel inside a model, which is not supported. Convert the model to ONNX with tf2onnx',
};

/** @returns MODEL_UNSUPPORTED naming the layer and what is supported instead */
export function unsupportedLayer(layer: KerasLayer, kerasVersion: 2 | 3): XaigridError {
  const { name, className } = layer;
  const operation = isOperation(layer, kerasVersion);
  const reason = operation ? undefined : reasons[className];
  if (reason !== undefined)
    return new XaigridError('MODEL_UNSUPPORTED', `Layer "${name}" is of class ${className}, which ${reason}.`);
  const what = operation ? `is the operation ${className}` : `is of class ${className}`;
  const supported = operation ? [...operations.keys()] : ['InputLayer', ...layerImports.keys()];
  return new XaigridError(
    'MODEL_UNSUPPORTED',
    `Layer "${name}" ${what}, which is not supported. Supported: ${supported.join(', ')}.`,
  );
}
