import type { Engine } from '@xaigrid/engine';

export const range = (count: number) => Array.from({ length: count }, (_, index) => index);
export const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/**
 * Shapley values by their definition, Σ_S |S|!·(M − |S| − 1)!/M!·(v(S ∪ i) − v(S)), over all 2^M coalitions.
 * @param featureOf which feature each value of the input belongs to
 */
export async function shapleyValues(
  engine: Pick<Engine, 'model' | 'predict'>,
  x: readonly number[],
  references: readonly (readonly number[])[],
  c: number,
  featureOf: (value: number) => number,
  features: number,
): Promise<number[]> {
  const worth = await Promise.all(
    range(2 ** features).map(async (coalition) => {
      const rows = references.flatMap((r) => x.map((value, i) => ((coalition >> featureOf(i)) & 1 ? value : (r[i] ?? NaN))));
      const shape = [references.length, ...engine.model.inputShape];
      const { data } = await engine.predict({ shape, data: Float32Array.from(rows) });
      return references.reduce((sum, _, r) => sum + (data[r * engine.model.classes + c] ?? NaN), 0) / references.length;
    }),
  );
  return range(features).map((feature) =>
    range(2 ** features)
      .filter((coalition) => ((coalition >> feature) & 1) === 0)
      .reduce((sum, coalition) => {
        const size = range(features).filter((other) => (coalition >> other) & 1).length;
        const weight = (factorial(size) * factorial(features - size - 1)) / factorial(features);
        return sum + weight * ((worth[coalition | (1 << feature)] ?? NaN) - (worth[coalition] ?? NaN));
      }, 0),
  );
}
