import { sampleRandom } from '@xaigrid/tensor';

/** A random stream that explainers and other generated data sets do not use. */
const STREAM = 1003;
const TILES = 4;

/** The indices of the samples of each class that has any. */
export interface ClassMembers {
  readonly label: number;
  readonly members: Int32Array<ArrayBuffer>;
}

/** What a mosaic is made of. */
export interface Tiles {
  /** The class that two of the tiles show. */
  readonly label: number;
  /** Samples of the tile set: upper left, upper right, lower left, lower right. */
  readonly samples: readonly number[];
  /** Whether each tile shows the class. */
  readonly shown: readonly boolean[];
}

/**
 * The four samples of one mosaic, as in Arias-Duart et al. 2022 (arXiv:2109.15035): two of one class and two of other classes, in
 * random order. Classes take turns. The two samples of the class differ if the class has two. Each of the others is of a class
 * drawn uniformly from the rest.
 * @param classes at least two
 */
export function chooseTiles(classes: readonly ClassMembers[], seed: number, index: number): Tiles {
  const random = sampleRandom(seed, index, STREAM);
  const turn = index % classes.length;
  const rest = classes.filter((_, at) => at !== turn);
  const { label, members } = classes[turn] ?? { label: -1, members: new Int32Array() };
  const own = Array.from(random.choice(members.length, Math.min(2, members.length)), (at) => members[at] ?? -1);
  const others: number[] = [];
  const isLast = rest.length === 1 && rest[0]?.members.length === 1;
  while (others.length < 2) {
    const pool = rest[random.integer(rest.length)]?.members ?? new Int32Array();
    const other = pool[random.integer(pool.length)] ?? -1;
    if (isLast || !others.includes(other)) others.push(other);
  }
  const drawn = [own[0] ?? -1, own.at(-1) ?? -1, ...others];
  const order = [...random.choice(TILES, TILES)];
  return { label, samples: order.map((at) => drawn[at] ?? -1), shown: order.map((at) => at < 2) };
}
