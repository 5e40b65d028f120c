/** A matrix over tokens, row by row: what each token (row) takes from each token (column). In float64. */
export type TokenMatrix = Float64Array<ArrayBuffer>;

export const headFusions = ['mean', 'max', 'min'] as const;
export type HeadFusion = (typeof headFusions)[number];

/** The matrices of all heads as one. @param values `[heads, tokens, tokens]` @param tokens how many */
export function fusedHeads(values: ArrayLike<number>, tokens: number, fusion: HeadFusion): TokenMatrix {
  const size = tokens * tokens;
  const heads = values.length / size;
  const fused = new Float64Array(size);
  for (let at = 0; at < size; at++) {
    let found = values[at] ?? NaN;
    for (let head = 1; head < heads; head++) {
      const value = values[head * size + at] ?? NaN;
      found = fusion === 'mean' ? found + value : fusion === 'max' ? Math.max(found, value) : Math.min(found, value);
    }
    fused[at] = fusion === 'mean' ? found / heads : found;
  }
  return fused;
}

/**
 * Replaces the smallest values by 0, this share of all, rounded down; the first of equal ones go first.
 * @param kept the place of a value that stays, even if it is among them
 */
export function discardSmallest(matrix: TokenMatrix, share: number, kept?: number): void {
  const count = Math.floor(matrix.length * share);
  const order = [...matrix.keys()].sort((a, b) => (matrix[a] ?? NaN) - (matrix[b] ?? NaN) || a - b);
  for (const at of order.slice(0, count)) if (at !== kept) matrix[at] = 0;
}

export const divisions = ['rows', 'columns'] as const;

/**
 * (M + I)/2 divided by its sums: of the attention and what goes around it. rows: each row by its sum. columns: column j by the sum
 * of row j, as the code of vit-explain does.
 */
export function withIdentity(matrix: TokenMatrix, tokens: number, division: (typeof divisions)[number]): TokenMatrix {
  const mixed = matrix.map((value, at) => (value + (at % (tokens + 1) === 0 ? 1 : 0)) / 2);
  const sums = new Float64Array(tokens);
  for (const [at, value] of mixed.entries()) {
    const row = Math.floor(at / tokens);
    sums[row] = (sums[row] ?? NaN) + value;
  }
  return mixed.map((value, at) => value / (sums[division === 'rows' ? Math.floor(at / tokens) : at % tokens] ?? NaN));
}

/** v·M for a row v. */
export function rowTimes(row: Float64Array<ArrayBuffer>, matrix: TokenMatrix): Float64Array<ArrayBuffer> {
  const tokens = row.length;
  const result = new Float64Array(tokens);
  for (let from = 0; from < tokens; from++) {
    const weight = row[from] ?? NaN;
    for (let to = 0; to < tokens; to++) result[to] = (result[to] ?? NaN) + weight * (matrix[from * tokens + to] ?? NaN);
  }
  return result;
}

/** A row that is the mean of these rows of the identity. */
export function meanRow(tokens: number, rows: readonly number[]): Float64Array<ArrayBuffer> {
  const row = new Float64Array(tokens);
  for (const at of rows) row[at] = 1 / rows.length;
  return row;
}
