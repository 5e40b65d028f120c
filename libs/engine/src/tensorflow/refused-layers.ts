import { XaigridError } from '@xaigrid/contracts';

/** Layers that the other engine computes, and TensorFlow.js does not have, or computes otherwise than Keras, forward or backward. */
export const refusedLayers: ReadonlySet<string> = new Set([
  ...['TFOpLambda', 'SlicingOpLambda', 'Conv3D', 'Conv3DTranspose', 'ZeroPadding3D', 'Cropping3D', 'UpSampling3D'],
  ...['SpatialDropout3D', 'GlobalMaxPooling3D', 'GlobalAveragePooling3D', 'CenterCrop', 'RandomCrop'],
  ...['AdaptiveMaxPooling1D', 'AdaptiveMaxPooling2D', 'AdaptiveMaxPooling3D'],
  ...['AdaptiveAveragePooling1D', 'AdaptiveAveragePooling2D', 'AdaptiveAveragePooling3D'],
  ...['GroupNormalization', 'UnitNormalization', 'RMSNormalization', 'SpectralNormalization', 'LayerScale'],
  ...['Bidirectional', 'ConvLSTM1D', 'ConvLSTM2D', 'EinsumDense'],
  ...['Attention', 'AdditiveAttention', 'MultiHeadAttention', 'GroupedQueryAttention', 'GroupQueryAttention'],
]);

/** Layers whose activations are in the middle of what they compute: they cannot be taken out. */
export const recurrentLayers: ReadonlySet<string> = new Set(['LSTM', 'GRU', 'SimpleRNN']);

/** @throws OPERATION_UNSUPPORTED, naming the layer */
export function refuseLayer(name: string, className: unknown, config: Readonly<Record<string, unknown>>): void {
  const kind = String(className);
  const resets = kind === 'GRU' && config.reset_after === true;
  if (!refusedLayers.has(kind) && !kind.endsWith(' of keras.ops') && !resets) return;
  throw new XaigridError(
    'OPERATION_UNSUPPORTED',
    `The tensorflow engine cannot compute layer "${name}" (${kind}${resets ? ' with reset_after' : ''}). Use the engine onnxruntime.`,
  );
}
