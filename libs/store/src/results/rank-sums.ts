import { differenceOf } from '@xaigrid/contracts';
import type { Statements } from '../sql/prisma.js';
import { addToGroup, chosenGroups, createSampleGroups, emptySums, plannedTogether, type GroupSums } from './sample-groups.js';
import { streamScores, type ScoreColumn, type ScorePage } from './score-stream.js';

/** What a bootstrap of rank agreements needs of all scores. */
export interface RankSums {
  /** Groups of samples that have scores. */
  readonly groups: number;
  /** By column and method the sums of the scores, of which high ones are good; undefined where a method has none. */
  readonly means: readonly (readonly (GroupSums | undefined)[])[];
  /** By pair of columns the sums of tau, sample by sample. */
  readonly taus: readonly GroupSums[];
}

export interface RankedCells {
  /** By column and method. */
  readonly cells: readonly (readonly (ScoreColumn | undefined)[])[];
  /** By column: 1 where high scores are good, −1 where low ones are. */
  readonly signs: readonly number[];
  /** By column, of its measure: scores that differ by its rounding are equal. */
  readonly scales: readonly number[];
  /** Columns whose taus are wanted, and the methods that both have. */
  readonly pairs: readonly { readonly first: number; readonly second: number; readonly common: readonly number[] }[];
}

/** Goes through all scores once, sample by sample. */
export async function sumRankedScores(queries: Statements, { cells, signs, scales, pairs }: RankedCells): Promise<RankSums> {
  const columns = cells.flatMap((column) => column.flatMap((cell) => cell ?? []));
  const groups = createSampleGroups(plannedTogether(columns.map(({ set }) => set)));
  const empty = (): GroupSums => emptySums(groups);
  const means = cells.map((column) => column.map((cell) => (cell === undefined ? undefined : empty())));
  const taus = pairs.map(empty);
  const methods = cells[0]?.length ?? 0;
  const comparisons = pairs.map(({ common }) => twosOf(common, methods));
  const orders = cells.map(() => new Int8Array((methods * (methods - 1)) / 2));
  for await (const page of streamScores(queries, columns)) {
    const values = byCell(cells, page);
    for (const [at, sample] of page.sampleIndices.entries()) {
      const group = groups.of(sample);
      for (const [column, own] of values.entries()) {
        const sign = signs[column] ?? 1;
        for (const [method, scores] of own.entries()) addToGroup(means[column]?.[method], group, sign * (scores?.[at] ?? NaN));
        writeOrders(orders[column], own, { at, sign, scale: scales[column] ?? 0 });
      }
      for (const [place, { first, second }] of pairs.entries()) {
        const [a, b, twos] = [orders[first], orders[second], comparisons[place]];
        if (a !== undefined && b !== undefined && twos !== undefined) addToGroup(taus[place], group, tauOf(a, b, twos));
      }
    }
  }
  return withoutEmptyGroups({ groups: groups.most, means, taus });
}

/** Values of the page by column and method. */
function byCell(cells: RankedCells['cells'], { values }: ScorePage): (Float64Array | undefined)[][] {
  let place = 0;
  return cells.map((column) => column.map((cell) => (cell === undefined ? undefined : values[place++])));
}

/** In place of an order: one of the two methods has no score. */
const UNKNOWN = 2;

/** Which of every two methods is the better one for a sample: 1 the first, −1 the second, 0 neither. */
function writeOrders(
  orders: Int8Array | undefined,
  own: readonly (Float64Array | undefined)[],
  { at, sign, scale }: { readonly at: number; readonly sign: number; readonly scale: number },
): void {
  if (orders === undefined) return;
  let place = 0;
  for (let one = 0; one < own.length; one++) {
    for (let other = one + 1; other < own.length; other++) {
      const order = sign * Math.sign(differenceOf(own[one]?.[at] ?? NaN, own[other]?.[at] ?? NaN, scale));
      orders[place++] = Number.isNaN(order) ? UNKNOWN : order;
    }
  }
}

/** Where the orders of every two of some methods are. */
function twosOf(some: readonly number[], methods: number): Int32Array {
  const chosen = new Set(some);
  const places: number[] = [];
  let place = 0;
  for (let one = 0; one < methods; one++)
    for (let other = one + 1; other < methods; other++, place++) if (chosen.has(one) && chosen.has(other)) places.push(place);
  return Int32Array.from(places);
}

/** Kendall's tau-b of one sample, from orders. NaN where a method has no score, or a column holds all for equally good. */
function tauOf(a: Int8Array, b: Int8Array, twos: Int32Array): number {
  let [agreeing, differA, differB] = [0, 0, 0];
  for (const place of twos) {
    const [orderA, orderB] = [a[place] ?? UNKNOWN, b[place] ?? UNKNOWN];
    if (orderA === UNKNOWN || orderB === UNKNOWN) return NaN;
    agreeing += orderA * orderB;
    differA += orderA * orderA;
    differB += orderB * orderB;
  }
  return differA === 0 || differB === 0 ? NaN : agreeing / Math.sqrt(differA * differB);
}

function withoutEmptyGroups({ groups, means, taus }: RankSums): RankSums {
  const all = means.flatMap((column) => column.flatMap((cell) => cell ?? []));
  const used = Array.from({ length: groups }, (_, group) => all.some(({ counts }) => (counts[group] ?? 0) > 0));
  const trimmed = (sums: GroupSums): GroupSums => chosenGroups(sums, (group) => used[group] === true);
  return {
    groups: used.filter(Boolean).length,
    means: means.map((column) => column.map((cell) => (cell === undefined ? undefined : trimmed(cell)))),
    taus: taus.map(trimmed),
  };
}
