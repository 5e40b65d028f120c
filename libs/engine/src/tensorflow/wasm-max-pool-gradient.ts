import type { backend_util, TensorInfo } from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorFlow } from './tensorflow-library.js';

type PoolInfo = ReturnType<typeof backend_util.computePool2DInfo>;
type Pair = [number, number];
/** The parts of its backend that the kernel uses. */
type Heap = Pick<BackendWasm, 'makeOutput' | 'typedArrayFromHeap'>;

/**
 * Replaces WebAssembly's `MaxPoolGrad`. In TensorFlow.js 4.22 it adds to memory that it has not cleared, so gradients contain old
 * values. As on the other backends, the gradient of a window goes to its first maximum.
 */
export function replaceMaxPoolGradient(tf: TensorFlow): void {
  tf.unregisterKernel('MaxPoolGrad', 'wasm');
  tf.registerKernel({
    kernelName: 'MaxPoolGrad',
    backendName: 'wasm',
    kernelFunc({ inputs, backend, attrs }) {
      // TensorFlow.js passes this to the kernel; see its `kernels/MaxPoolGrad.ts`.
      const wasm = backend as Heap;
      const { input, dy } = inputs as { input: TensorInfo; dy: TensorInfo };
      const { filterSize, strides, pad } = attrs as { filterSize: Pair; strides: Pair; pad: 'same' | 'valid' | number };
      const info = tf.backend_util.computePool2DInfo(
        input.shape as [number, number, number, number],
        filterSize,
        strides,
        1,
        pad,
      );
      const dx = wasm.makeOutput(input.shape, 'float32');
      // Views are taken after the allocation, which may move the heap.
      const target = wasm.typedArrayFromHeap(dx) as Float32Array;
      target.fill(0);
      scatterToMaxima(info, {
        input: wasm.typedArrayFromHeap(input) as Float32Array,
        dy: wasm.typedArrayFromHeap(dy) as Float32Array,
        target,
      });
      return dx;
    },
  });
}

function scatterToMaxima(info: PoolInfo, { input, dy, target }: Record<'input' | 'dy' | 'target', Float32Array>): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, inChannels: channels, padInfo } = info;
  let out = 0;
  for (let sample = 0; sample < batchSize; sample++) {
    const origin = sample * inHeight * inWidth * channels;
    for (let row = 0; row < outHeight; row++) {
      const firstRow = row * info.strideHeight - padInfo.top;
      const top = Math.max(0, firstRow);
      const bottom = Math.min(inHeight, firstRow + info.filterHeight);
      for (let column = 0; column < outWidth; column++) {
        const firstColumn = column * info.strideWidth - padInfo.left;
        const left = Math.max(0, firstColumn);
        const right = Math.min(inWidth, firstColumn + info.filterWidth);
        for (let channel = 0; channel < channels; channel++, out++) {
          let largest = -Infinity;
          let winner = -1;
          for (let y = top; y < bottom; y++) {
            for (let x = left; x < right; x++) {
              const at = origin + (y * inWidth + x) * channels + channel;
              const value = input[at] ?? 0;
              if (value > largest) {
                largest = value;
                winner = at;
              }
            }
          }
          if (winner >= 0) target[winner] = (target[winner] ?? 0) + (dy[out] ?? 0);
        }
      }
    }
  }
}
