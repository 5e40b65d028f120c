import type { Dataset } from '@xaigrid/datasets';
import type { Background } from '@xaigrid/explainers';
import { sampleRandom, type Tensor } from '@xaigrid/tensor';

/** Tells the choice of a background from what explainers draw at random for their samples. */
const BACKGROUND_STREAM = 0xba0c;

export interface BackgroundChoice {
  readonly size: number;
  readonly selection: 'first' | 'random';
}

/** References under way, by data set and choice: hundreds of images, wanted by all engines of the process at the same moment. */
const underWay = new WeakMap<Dataset, Map<string, Promise<Tensor>>>();

/** The references that a spec's `background` names. Engines that ask while they are being read get the same ones. */
export function backgroundOf(dataset: Dataset, choice: BackgroundChoice, seed: number): Background {
  return {
    size: choice.size,
    load(signal) {
      // Whoever may give up reads for itself.
      if (signal !== undefined) return read(dataset, choice, seed, signal);
      const loads = underWay.get(dataset) ?? new Map<string, Promise<Tensor>>();
      underWay.set(dataset, loads);
      const key = `${choice.selection} ${choice.size} ${seed}`;
      let load = loads.get(key);
      if (load === undefined) {
        load = read(dataset, choice, seed).finally(() => loads.delete(key));
        loads.set(key, load);
      }
      return load;
    },
  };
}

async function read(
  dataset: Dataset,
  { size, selection }: BackgroundChoice,
  seed: number,
  signal?: AbortSignal,
): Promise<Tensor> {
  if (selection === 'first' || size === dataset.info.size) return (await dataset.read(0, size, signal)).inputs;
  const indices = sampleRandom(seed, 0, BACKGROUND_STREAM).choice(dataset.info.size, size).sort();
  return (await dataset.readAt(indices, signal)).inputs;
}
