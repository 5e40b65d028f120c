import { nextStretch } from '@xaigrid/contracts';
import { sampleRandom } from '@xaigrid/tensor';

/** Separates this choice from the random numbers that explainers draw for samples. */
const CHOICE_STREAM = 0x11717;

/** How many samples to choose, and from what. */
export interface ChoiceOptions {
  /** The number of samples in the data set. */
  readonly size: number;
  /** The number of samples to choose, at most `size`. */
  readonly samples: number;
  readonly seed: number;
  /** The class of each sample. The choice keeps their proportions. Absent: all samples count as one class. */
  readonly labels?: Int32Array;
}

/**
 * A random choice of samples that keeps classes in proportion, ascending. With the same seed, a smaller choice is part of a
 * larger one.
 *
 * First each class gets one sample, the largest classes first, so that no class is lost while there is room. The other samples go
 * to classes by Sainte-Laguë's method: the next sample goes to the class with the least (taken + ½) / size. The other common
 * method, largest remainders, differs by a sample here and there. But with it, a class may get fewer samples in a larger choice
 * (the "Alabama paradox"), so the smaller choice would not be part of it. Which samples of a class are taken depends only on the
 * seed and on each sample's index. Memory: some 20 bytes per sample. Time: some 4 s per million samples.
 *
 * Source: Balinski and Young, Fair Representation (1982), for the method and the proof that it is monotone in the size of the
 * house.
 */
export function chooseSamples({ size, samples, seed, labels }: ChoiceOptions): Int32Array<ArrayBuffer> {
  if (!Number.isInteger(samples) || samples < 0 || samples > size)
    throw new RangeError(`${samples} of ${size} samples cannot be chosen.`);
  const byRank = ranking(size, seed);
  const members = new Map<number, number[]>();
  for (let index = 0; index < size; index += 1) {
    const label = labels?.[index] ?? 0;
    const ofClass = members.get(label);
    if (ofClass === undefined) members.set(label, [index]);
    else ofClass.push(index);
  }
  const classes = [...members.values()].map((ofClass) => ofClass.sort(byRank));
  // Chance decides between classes with the same claim: the random rank of their first samples.
  classes.sort((a, b) => b.length - a.length || byRank(a[0] ?? 0, b[0] ?? 0));
  const shares = proportionalShares(
    classes.map(({ length }) => length),
    samples,
  );
  return Int32Array.from(classes.flatMap((ofClass, at) => ofClass.slice(0, shares[at] ?? 0))).sort();
}

/**
 * All samples in a random order, which depends on the seed and on the size alone. Its beginning is the random choice of as many
 * samples with the same seed, whatever their classes.
 */
export function randomOrder({ size, seed }: Pick<ChoiceOptions, 'size' | 'seed'>): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: size }, (_, index) => index).sort(ranking(size, seed));
}

/**
 * The samples that a run takes first which takes them until methods are decided, ascending: the beginning of the random order.
 * @param options.most that it may take; default all
 */
export function firstStretch({
  size,
  seed,
  most = size,
}: Pick<ChoiceOptions, 'size' | 'seed'> & { readonly most?: number | undefined }): Int32Array<ArrayBuffer> {
  return randomOrder({ size, seed })
    .subarray(0, nextStretch(0, Math.min(most, size)))
    .sort();
}

/** Compares samples by their random rank. */
function ranking(size: number, seed: number): (a: number, b: number) => number {
  const order = Float64Array.from({ length: size }, (_, index) => sampleRandom(seed, index, CHOICE_STREAM).uniform());
  return (a, b) => (order[a] ?? 0) - (order[b] ?? 0) || a - b;
}

/**
 * The number of samples that each class gets. Ties go to the class that comes first.
 * @param sizes of the classes, the largest first, none empty
 */
function proportionalShares(sizes: readonly number[], samples: number): Int32Array {
  const shares = new Int32Array(sizes.length);
  const claim = (at: number): number => {
    const [share = 0, size = 1] = [shares[at], sizes[at]];
    return share === size ? Infinity : share === 0 ? -1 : (share + 0.5) / size;
  };
  const isBefore = (a: number, b: number): boolean => {
    const difference = claim(a) - claim(b);
    return difference < 0 || (!(difference > 0) && a < b);
  };
  // A heap with the next class on top. At the start the largest class is next, and all are in order.
  const heap = Int32Array.from(sizes.keys());
  for (let taken = 0; taken < samples; taken += 1) {
    const [top = 0] = heap;
    shares[top] = (shares[top] ?? 0) + 1;
    sinkTop(heap, isBefore);
  }
  return shares;
}

function sinkTop(heap: Int32Array, isBefore: (a: number, b: number) => boolean): void {
  const [moved = 0] = heap;
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    if (left >= heap.length) break;
    const [first = 0, second] = [heap[left], heap[left + 1]];
    const child = second !== undefined && isBefore(second, first) ? left + 1 : left;
    const below = heap[child] ?? 0;
    if (!isBefore(below, moved)) break;
    heap[place] = below;
    place = child;
  }
  heap[place] = moved;
}
