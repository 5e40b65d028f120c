type Levels = Uint8Array<ArrayBuffer>;

const LEVELS = 256;

/**
 * The level `round(256·v)` of each value in [0, 1], 0 … 255. Half-way cases go to the even level, as in numpy. Level 256 joins
 * level 255, the last bin of `numpy.histogram(…, 256, [0, 256])`. Values outside [0, 1] are clamped.
 */
export function levelsOf(values: Float32Array<ArrayBuffer>): Levels {
  const levels = new Uint8ClampedArray(values.length);
  // A Uint8ClampedArray rounds half to even and clamps.
  for (let i = 0; i < values.length; i++) levels[i] = LEVELS * (values[i] ?? 0);
  return new Uint8Array(levels.buffer);
}

/**
 * Otsu's threshold (1979): the level t in 0 … 255 that maximises the between-class variance n₀·n₁·(μ₀ − μ₁)² of the two classes
 * `level ≤ t` and `level > t`. If several levels do, t is the smallest, as in scikit-image and OpenCV. If all levels are equal, t
 * is that level.
 */
export function otsuThreshold(levels: Levels): number {
  const counts = new Float64Array(LEVELS);
  let total = 0;
  for (const level of levels) {
    counts[level] = (counts[level] ?? 0) + 1;
    total += level;
  }
  let best = levels[0] ?? 0;
  let largest = 0;
  let below = 0;
  let sumBelow = 0;
  for (let level = 0; level < LEVELS - 1; level++) {
    const count = counts[level] ?? 0;
    below += count;
    sumBelow += count * level;
    const above = levels.length - below;
    if (count === 0 || above === 0) continue;
    // n₀·n₁·(μ₀ − μ₁)² = (s₀·n − s·n₀)²/(n₀·n₁): the difference is a whole number, exact for up to 10⁶ positions and more.
    const difference = sumBelow * levels.length - total * below;
    const variance = (difference * difference) / (below * above);
    if (variance > largest) {
      largest = variance;
      best = level;
    }
  }
  return best;
}
