import { XaigridError } from '@xaigrid/contracts';
import type { Engine, MaskedPredictionRequest } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';

/** softmax(x·W) with W[i][c] = cos(3i + 5c): enough of an engine to score with. Remembers what it was asked. */
export function maskedSoftmaxEngine(inputShape: readonly number[], classes: number) {
  const requests: MaskedPredictionRequest[] = [];
  const size = sizeOf(inputShape);

  function outputsOf(x: ArrayLike<number>): number[] {
    const exponentials = Array.from({ length: classes }, (_, c) => {
      let z = 0;
      for (let i = 0; i < size; i++) z += (x[i] ?? NaN) * Math.cos(3 * i + 5 * c);
      return Math.exp(z);
    });
    const total = exponentials.reduce((a, b) => a + b, 0);
    return exponentials.map((value) => value / total);
  }
  function predict(inputs: Tensor): Tensor {
    const samples = inputs.shape[0] ?? 0;
    const rows = Array.from({ length: samples }, (_, n) => outputsOf(inputs.data.subarray(n * size, (n + 1) * size)));
    return { shape: [samples, classes], data: Float32Array.from(rows.flat()) };
  }
  function masked({ inputs, maps, rows, baseline }: MaskedPredictionRequest): Tensor {
    const samples = inputs.shape[0] ?? 0;
    const mapSize = maps.data.length / samples;
    const outputs = Array.from(rows.sample, (n, row) => {
      const x = Array.from({ length: size }, (_, i) => {
        const position = Math.floor((i * mapSize) / size);
        const replacement = baseline.shape.length > inputShape.length ? baseline.data[n * size + i] : baseline.data[i];
        return (maps.data[n * mapSize + position] ?? NaN) > (rows.threshold[row] ?? NaN)
          ? (inputs.data[n * size + i] ?? NaN)
          : (replacement ?? NaN);
      });
      return outputsOf(x);
    });
    return { shape: [rows.sample.length, classes], data: Float32Array.from(outputs.flat()) };
  }

  const refuse = () => Promise.reject(new XaigridError('OPERATION_UNSUPPORTED', 'Metrics do not explain.'));
  const engine: Engine = {
    name: 'onnxruntime',
    version: 'closed form',
    model: { inputShape, classes, layers: [], saliencyLayers: [] },
    batchSize: 4,
    predict: (inputs) => Promise.resolve(predict(inputs)),
    predictMasked: (request) => {
      requests.push(request);
      return Promise.resolve(masked(request));
    },
    activations: refuse,
    gradient: refuse,
    weightedMaskSum: refuse,
    deepLift: refuse,
    expectedGradients: refuse,
    close: () => Promise.resolve(),
  };
  return { engine, requests, predict, outputsOf };
}
