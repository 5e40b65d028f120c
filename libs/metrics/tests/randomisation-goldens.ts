import { readFileSync } from 'node:fs';
import type { ModelVariant } from '@xaigrid/engine';
import { tensorOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { MapsWanted, ScoreRequest } from '../src/index.js';

const map = z.array(z.array(z.array(z.number())));
const curve = z.object({ layers: z.array(z.array(z.number())), drawn: z.array(z.array(map)) });

/** What Quantus makes of maps of a small network: tests/parity/quantus/randomisation.py. */
export const quantusGolden = z
  .object({
    own: z.array(map),
    spearman: curve.extend({ mean: z.array(z.number()) }),
    ssim: curve.extend({ mean: z.array(z.number()) }),
    smooth: curve.extend({ draws: z.number(), own: z.array(z.array(map)) }),
    efficient: z.object({ rise: z.array(z.number()), drawn: z.array(map) }),
    logit: z.object({ ssim: z.array(z.number()), drawn: z.array(map) }),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/quantus/randomisation.json', import.meta.url), 'utf8')));

export const GOLDEN_MODEL: ScoreRequest['engine']['model'] = {
  ...{ inputShape: [6, 5, 2], classes: 4, layers: [], saliencyLayers: [] },
  weightSteps: [['conv'], ['head']],
};

type Map = z.infer<typeof map>;
export const tensorOfMaps = (maps: readonly Map[]): Tensor =>
  tensorOf(Float32Array.from(maps.flat(3)), [maps.length, maps[0]?.length ?? 0, maps[0]?.[0]?.length ?? 0, 2]);

/** Answers each wish for maps with the next of `turns`, and remembers what was wished. */
export function requestOfMaps(
  own: Tensor,
  turns: readonly Tensor[],
  options: { readonly settings: ScoreRequest['settings']; readonly model?: ScoreRequest['engine']['model'] },
) {
  const variants: ModelVariant[] = [];
  const wanted: MapsWanted[] = [];
  let turn = 0;
  const draw = (wish: MapsWanted): Promise<Tensor> => {
    wanted.push(wish);
    const maps = turns[turn++];
    return maps === undefined ? Promise.reject(new TypeError('No map is left.')) : Promise.resolve(maps);
  };
  const samples = own.shape[0] ?? 0;
  const { model = GOLDEN_MODEL, settings } = options;
  const request: ScoreRequest = {
    engine: { model, batchSize: 4 } as unknown as ScoreRequest['engine'],
    ...{ inputs: own, maps: own, predictions: tensorOf(new Float32Array(samples * 4), [samples, 4]), settings },
    ...{ seed: 9, classes: new Int32Array(samples), sampleIndices: Int32Array.from({ length: samples }, (_, row) => row) },
    redrawing: {
      ...{ explainedClasses: Int32Array.from({ length: samples }, (_, row) => row % 4), draw },
      onVariant: (variant, work) => {
        variants.push(variant);
        return work(draw);
      },
    },
  };
  return { request, variants, wanted, left: () => turns.length - turn };
}
