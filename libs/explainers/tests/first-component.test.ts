import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { firstComponent } from '../src/first-component.js';
import { largestDifference } from './sample-model.js';

/** M·v by Jacobi's rotations of MᵀM (1846), which find all eigenvectors. */
function byJacobi(data: Float64Array, rows: number, columns: number): number[] {
  const at = (row: number, column: number) => data[row * columns + column] ?? NaN;
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);
  const sum = (count: number, term: (index: number) => number) => range(count).reduce((total, index) => total + term(index), 0);
  const gram = range(columns).map((i) => range(columns).map((j) => sum(rows, (row) => at(row, i) * at(row, j))));
  const vectors = range(columns).map((i) => range(columns).map((j) => (i === j ? 1 : 0)));
  const value = (table: readonly number[][], i: number, j: number) => table[i]?.[j] ?? NaN;
  const rotate = (table: number[][], pairs: readonly (readonly [[number, number], [number, number]])[], c: number, s: number) => {
    for (const [[i, j], [k, l]] of pairs) {
      const [a, b] = [value(table, i, j), value(table, k, l)];
      (table[i] ?? [])[j] = c * a - s * b;
      (table[k] ?? [])[l] = s * a + c * b;
    }
  };
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < columns; p++)
      for (let q = p + 1; q < columns; q++) {
        const angle = 0.5 * Math.atan2(2 * value(gram, p, q), value(gram, q, q) - value(gram, p, p));
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const inColumns = range(columns).map((i) => [[i, p] as [number, number], [i, q] as [number, number]] as const);
        rotate(gram, inColumns, c, s);
        rotate(vectors, inColumns, c, s);
        rotate(
          gram,
          range(columns).map((i) => [[p, i] as [number, number], [q, i] as [number, number]] as const),
          ...([c, s] as const),
        );
      }
  const first = range(columns).reduce((best, i) => (value(gram, i, i) > value(gram, best, best) ? i : best));
  const projected = range(rows).map((row) => sum(columns, (i) => at(row, i) * value(vectors, i, first)));
  const agreement = sum(rows, (row) => (projected[row] ?? NaN) * sum(columns, (i) => at(row, i)));
  return agreement < 0 ? projected.map((entry) => -entry) : projected;
}

function randomMatrix(rows: number, columns: number, seed: number) {
  const random = sampleRandom(seed, 0, 1);
  return Float64Array.from({ length: rows * columns }, () => random.uniform() - 0.4);
}

describe('the first component', () => {
  it.each([
    { rows: 12, columns: 5 },
    { rows: 5, columns: 12 },
    { rows: 30, columns: 30 },
    { rows: 1, columns: 7 },
    { rows: 7, columns: 1 },
  ])('of $rows × $columns is what Jacobi’s rotations find', ({ rows, columns }) => {
    for (const seed of [1, 2, 3]) {
      const data = randomMatrix(rows, columns, seed);
      const wanted = byJacobi(data, rows, columns);
      const scale = Math.max(...wanted.map(Math.abs));
      // float64; singular values of random matrices lie some percent apart.
      expect(largestDifference(firstComponent({ data, rows, columns }), wanted) / scale).toBeLessThan(1e-10);
    }
  });

  it('finds a direction that is hardly longer than the others', () => {
    const [rows, columns] = [40, 40];
    const data = new Float64Array(rows * columns);
    for (let at = 0; at < rows; at++) data[at * columns + at] = at === 17 ? 1.001 : 1 - at * 1e-5;
    const found = firstComponent({ data, rows, columns });
    for (const [at, value] of found.entries()) expect(value).toBeCloseTo(at === 17 ? 1.001 : 0, 8);
  });

  it('is positive where all values are, and 0 of zeros', () => {
    const data = randomMatrix(9, 6, 5).map(Math.abs);
    expect(Math.min(...firstComponent({ data, rows: 9, columns: 6 }))).toBeGreaterThan(0);
    expect([...firstComponent({ data: new Float64Array(54), rows: 9, columns: 6 })]).toEqual(new Array(9).fill(0));
    expect([...firstComponent({ data: new Float64Array(54), rows: 6, columns: 9 })]).toEqual(new Array(6).fill(0));
  });

  it('does not hide a NaN', () => {
    const data = randomMatrix(6, 4, 1);
    data[5] = NaN;
    expect(firstComponent({ data, rows: 6, columns: 4 }).some(Number.isNaN)).toBe(true);
  });
});
