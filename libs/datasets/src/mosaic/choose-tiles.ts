import { sampleRandom } from '@xaigrid/tensor';

/** Far from the sequences that explainers and other generated data sets take under the same seed. */
const STREAM = 1003;
const TILES = 4;

/** The samples of each class that has some, by their indices. */
export interface ClassMembers {
  readonly label: number;
  readonly members: Int32Array<ArrayBuffer>;
}

/** What a mosaic is put together from. */
export interface Tiles {
  /** The class that two of the tiles show. */
  readonly label: number;
  /** Samples of the tile set: upper left, upper right, lower left, lower right. */
  readonly samples: readonly number[];
  /** Whether each shows the class. */
  readonly shown: readonly boolean[];
}

/**
 * The four samples of one mosaic, as Arias-Duart et al. 2022 (arXiv:2109.15035) make them: two of a class, two of others, in random order. The
 * classes take turns. The two are different samples where the class has as many; each of the others is of a class drawn evenly from the rest.
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
