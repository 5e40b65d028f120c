import { nextStretch, XaigridError } from '@xaigrid/contracts';
import { sampleRandom } from '@xaigrid/tensor';

/** Separates this choice from the random numbers that explainers draw for samples. */
const CHOICE_STREAM = 0x11717;

/** The most samples that are put in a random order. It takes a second, in which the process answers nobody. */
const MOST_ORDERED = 2 ** 22;

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
  const compare = byRank(randomRanks(size, seed));
  const members = new Map<number, number[]>();
  for (let index = 0; index < size; index += 1) {
    const label = labels?.[index] ?? 0;
    const ofClass = members.get(label);
    if (ofClass === undefined) members.set(label, [index]);
    else ofClass.push(index);
  }
  const classes = [...members.values()].map((ofClass) => ofClass.sort(compare));
  // Chance decides between classes with the same claim: the random rank of their first samples.
  classes.sort((a, b) => b.length - a.length || compare(a[0] ?? 0, b[0] ?? 0));
  const shares = proportionalShares(
    classes.map(({ length }) => length),
    samples,
  );
  return Int32Array.from(classes.flatMap((ofClass, at) => ofClass.slice(0, shares[at] ?? 0))).sort();
}

/**
 * The samples in a random order, which depends on the seed and on the size alone. Its beginning is the random choice of as many
 * samples with the same seed, whatever their classes.
 * @param options.most how much of the order is wanted; default all
 */
export function randomOrder({
  size,
  seed,
  most = size,
}: Pick<ChoiceOptions, 'size' | 'seed'> & { readonly most?: number | undefined }): Int32Array<ArrayBuffer> {
  const ranks = randomRanks(size, seed);
  // Sorting numbers is five times faster than sorting by a function. It is left to those that are wanted.
  const last = most < size ? (ranks.slice().sort()[most - 1] ?? -1) : Infinity;
  const first = new Int32Array(size);
  let wanted = 0;
  for (let index = 0; index < size; index += 1) if ((ranks[index] ?? 0) <= last) first[wanted++] = index;
  return first.subarray(0, wanted).sort(byRank(ranks)).slice(0, most);
}

/** @throws SPEC_INVALID naming a data set that is too large for a random order */
export function assertCanOrder({ name, size }: { readonly name: string; readonly size: number }): void {
  if (size > MOST_ORDERED)
    throw new XaigridError(
      'SPEC_INVALID',
      `Data set "${name}" has ${size} samples. Until methods are decided, samples are taken from at most ${MOST_ORDERED}: take a part of it, or use limit instead.`,
    );
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
  return randomOrder({ size, seed, most: nextStretch(0, Math.min(most, size)) }).sort();
}

function randomRanks(size: number, seed: number): Float64Array<ArrayBuffer> {
  const ranks = new Float64Array(size);
  for (let index = 0; index < size; index += 1) ranks[index] = sampleRandom(seed, index, CHOICE_STREAM).uniform();
  return ranks;
}

function byRank(ranks: Float64Array): (a: number, b: number) => number {
  return (a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0) || a - b;
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
