import { XaigridError, type Target } from '@xaigrid/contracts';
import type { Engine, MaskScoresRequest } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';

/** softmax(x·W) with W[i][c] = cos(3i + 5c), masked by thresholds or by one map a sample, as large as that: enough of an engine to score with; tests/parity/quantus/network.py is the same. Remembers which masks it was asked for. */
export function softmaxEngine(inputShape: readonly number[], classes: number) {
  const requests: MaskScoresRequest[] = [];
  const size = sizeOf(inputShape);

  function outputsOf(x: ArrayLike<number>, target: Target = 'probability'): number[] {
    const logits = Array.from({ length: classes }, (_, c) => {
      let z = 0;
      for (let i = 0; i < size; i++) z += (x[i] ?? NaN) * Math.cos(3 * i + 5 * c);
      return z;
    });
    const highest = Math.max(...logits);
    const total = logits.reduce((sum, z) => sum + Math.exp(z - highest), 0);
    const logarithms = logits.map((z) => z - highest - Math.log(total));
    return { probability: logarithms.map(Math.exp), logit: logits, 'log-probability': logarithms }[target];
  }
  function predict(inputs: Tensor, target?: Target): Tensor {
    const samples = inputs.shape[0] ?? 0;
    const rows = Array.from({ length: samples }, (_, n) => outputsOf(inputs.data.subarray(n * size, (n + 1) * size), target));
    return { shape: [samples, classes], data: Float32Array.from(rows.flat()) };
  }
  function masked({ inputs, sampleOf, masks, baseline, target }: MaskScoresRequest): Tensor {
    if (baseline !== 'zero' && 'references' in baseline) throw new TypeError('Metrics have one baseline, or one a sample.');
    const { maps } = masks;
    const samples = inputs.shape[0] ?? 0;
    const mapSize = maps.data.length / samples;
    const replacements =
      baseline === 'zero' ? new Float32Array(size) : 'blur' in baseline ? blurred(inputs, baseline.blur) : baseline.data;
    const outputs = Array.from(sampleOf, (n, row) => {
      const x = Array.from({ length: size }, (_, i) => {
        const position = Math.floor((i * mapSize) / size);
        const replacement = replacements[replacements.length > size ? n * size + i : i];
        const value = maps.data[n * mapSize + position] ?? NaN;
        const seen = 'above' in masks ? (value > (masks.above[row] ?? NaN) ? 1 : 0) : value;
        return seen * (inputs.data[n * size + i] ?? NaN) + (1 - seen) * (replacement ?? NaN);
      });
      return outputsOf(x, target);
    });
    return { shape: [sampleOf.length, classes], data: Float32Array.from(outputs.flat()) };
  }

  const refuse = () => Promise.reject(new XaigridError('OPERATION_UNSUPPORTED', 'Metrics do not explain.'));
  const engine: Engine = {
    name: 'onnxruntime',
    version: 'closed form',
    backend: 'cpu',
    device: 'cpu',
    model: { inputShape, classes, logits: true, layers: [], saliencyLayers: [], weightSteps: [] },
    batchSize: 4,
    predict: (inputs, target) => Promise.resolve(predict(inputs, target)),
    scoreMasks: (request) => {
      requests.push(request);
      return Promise.resolve({ outputs: masked(request) });
    },
    activations: refuse,
    gradient: refuse,
    ablate: refuse,
    relevance: refuse,
    biasGradients: refuse,
    findNotFinite: refuse,
    deepLift: refuse,
    expectedGradients: refuse,
    close: () => Promise.resolve(),
  };
  return { engine, requests, predict, outputsOf };
}

/** `[n, length, channels]`, smoothed along the length by the sampled Gaussian itself, one tap after the other. */
function blurred({ shape, data }: Tensor, sigma: number): Float32Array<ArrayBuffer> {
  const [, length = 0, channels = 1] = shape;
  const radius = Math.floor(4 * sigma + 0.5);
  // d c b a | a b c d | d c b a
  const reflected = (t: number): number => {
    const wrapped = ((t % (2 * length)) + 2 * length) % (2 * length);
    return wrapped < length ? wrapped : 2 * length - 1 - wrapped;
  };
  return data.map((_, at) => {
    const [n, t, channel] = [Math.floor(at / (length * channels)), Math.floor(at / channels) % length, at % channels];
    let [sum, weights] = [0, 0];
    for (let tap = -radius; tap <= radius; tap++) {
      const weight = Math.exp((-tap * tap) / (2 * sigma * sigma));
      sum += weight * (data[(n * length + reflected(t + tap)) * channels + channel] ?? NaN);
      weights += weight;
    }
    return sum / weights;
  });
}
