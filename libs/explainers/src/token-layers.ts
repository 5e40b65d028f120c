import { layerNamed, type Engine, type LayerDescription, type LayerGradient } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';

type Tokens = LayerDescription['tokens'];

/** The shape of a layer's feature maps, `[...grid, channels]`: of tokens, those of the grid without the tokens around it. */
export function featureShapeOf({ shape, tokens }: Pick<LayerDescription, 'shape' | 'tokens'>): readonly number[] {
  return tokens === undefined ? shape : [...tokens.grid, shape.at(-1) ?? 1];
}

/**
 * The engine, whose layers of tokens look like feature maps: `[n, tokens, channels]` is `[n, ...grid, channels]` without class
 * tokens and registers, and the mean over positions is that over the grid.
 */
export function engineOfGrids(engine: Engine): Engine {
  const tokensOf = (name: string): Tokens => layerNamed(engine.model, name).tokens;
  return {
    ...engine,
    activations: async (inputs, layers) => {
      const found = await engine.activations(inputs, layers);
      return found.map((values, at) => onGrid(values, tokensOf(layers[at] ?? '')));
    },
    gradient: async (request) => {
      if (request.wrt === 'input' || request.wrt.every((name) => tokensOf(name) === undefined)) return engine.gradient(request);
      const found = await engine.gradient({ ...request, reduce: 'none' });
      return found.map(({ of, activations, gradient }): LayerGradient => {
        const own = onGrid(gradient, tokensOf(of));
        return {
          of,
          activations: onGrid(activations, tokensOf(of)),
          gradient: request.reduce === 'positions' ? meanOverPositions(own) : own,
        };
      });
    },
  };
}

function onGrid({ shape, data }: Tensor, tokens: Tokens): Tensor {
  if (tokens === undefined) return { shape, data };
  const [samples = 0, count = 0, channels = 0] = shape;
  const { grid, before } = tokens;
  const size = sizeOf(grid);
  const kept = new Float32Array(samples * size * channels);
  for (let sample = 0; sample < samples; sample++) {
    const first = (sample * count + before) * channels;
    kept.set(data.subarray(first, first + size * channels), sample * size * channels);
  }
  return { shape: [samples, ...grid, channels], data: kept };
}

/** `[n, ...grid, channels]` → `[n, channels]`, in float64. */
function meanOverPositions({ shape, data }: Tensor): Tensor {
  const [samples, channels] = [shape[0] ?? 0, shape.at(-1) ?? 1];
  const positions = sizeOf(shape.slice(1, -1));
  const sums = new Float64Array(samples * channels);
  for (const [at, value] of data.entries()) {
    const row = Math.floor(at / (positions * channels)) * channels + (at % channels);
    sums[row] = (sums[row] ?? NaN) + value;
  }
  return { shape: [samples, channels], data: Float32Array.from(sums, (sum) => sum / positions) };
}
