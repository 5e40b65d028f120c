import type { Dataset } from '@xaigrid/datasets';
import { sharedTensor } from '@xaigrid/engine';
import type { Background } from '@xaigrid/explainers';
import { sampleRandom, sizeOf, type Tensor } from '@xaigrid/tensor';

/** Separates the random choice of a background from the random numbers that explainers draw for samples. */
const BACKGROUND_STREAM = 0xba0c;

/** The number of values read at once: 27 images of 224 × 224 in colour. */
const PIECE_VALUES = 2 ** 22;

/** Which samples of a data set are the references: the first ones, or some drawn at random. */
export interface BackgroundChoice {
  readonly size: number;
  readonly selection: 'first' | 'random';
}

/** References that are being loaded, which several engines may want at the same moment, and references that are still in use. */
interface Known {
  readonly underWay: Map<string, Promise<Tensor>>;
  readonly inUse: Map<string, WeakRef<Tensor>>;
}

const known = new WeakMap<Dataset, Known>();

/**
 * The references that a spec's `background` names. They lie in memory that all engines of the process share, whatever evaluation
 * they work on: 496 images are 285 MiB. Once no engine holds them, they are read again.
 */
export function backgroundOf(dataset: Dataset, choice: BackgroundChoice, seed: number): Background {
  const key = `${choice.selection} ${choice.size} ${seed}`;
  return {
    size: choice.size,
    async load(signal) {
      const { underWay, inUse } = knownOf(dataset);
      const found = inUse.get(key)?.deref();
      if (found !== undefined) return found;
      // A caller that may cancel reads for itself.
      if (signal !== undefined) return read(dataset, choice, seed, signal);
      let load = underWay.get(key);
      if (load === undefined) {
        load = read(dataset, choice, seed).finally(() => underWay.delete(key));
        underWay.set(key, load);
      }
      const references = await load;
      inUse.set(key, new WeakRef(references));
      return references;
    },
  };
}

function knownOf(dataset: Dataset): Known {
  let found = known.get(dataset);
  if (found === undefined) {
    found = { underWay: new Map(), inUse: new Map() };
    known.set(dataset, found);
  }
  return found;
}

async function read(
  dataset: Dataset,
  { size, selection }: BackgroundChoice,
  seed: number,
  signal?: AbortSignal,
): Promise<Tensor> {
  const { sampleShape, size: samples } = dataset.info;
  const everyone = selection === 'first' || size === samples;
  const indices = everyone ? undefined : sampleRandom(seed, 0, BACKGROUND_STREAM).choice(samples, size).sort();
  const references = sharedTensor([size, ...sampleShape]);
  const stride = sizeOf(sampleShape);
  const step = Math.max(1, Math.floor(PIECE_VALUES / stride));
  for (let start = 0; start < size; start += step) {
    const end = Math.min(size, start + step);
    const piece = indices === undefined ? dataset.read(start, end, signal) : dataset.readAt(indices.slice(start, end), signal);
    references.data.set((await piece).inputs.data, start * stride);
  }
  return references;
}
