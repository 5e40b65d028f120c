import { describe, expect, it } from 'vitest';
import { createNumpyRandom, levelsOf, otsuThreshold } from '@xaigrid/tensor';

/** The between-class variance of every threshold from its definition, in integers; the smallest of the best. */
function bruteForce(levels: Uint8Array): number {
  let best = { threshold: levels[0] ?? 0, numerator: 0n, denominator: 1n };
  for (let threshold = 0; threshold < 256; threshold++) {
    const below = [...levels].filter((level) => level <= threshold);
    const above = [...levels].filter((level) => level > threshold);
    if (below.length === 0 || above.length === 0) continue;
    const sum = (part: number[]) => BigInt(part.reduce((total, level) => total + level, 0));
    const [n0, n1] = [BigInt(below.length), BigInt(above.length)];
    // n₀·n₁·(s₀/n₀ − s₁/n₁)² = (s₀·n₁ − s₁·n₀)²/(n₀·n₁)
    const numerator = (sum(below) * n1 - sum(above) * n0) ** 2n;
    const denominator = n0 * n1;
    if (numerator * best.denominator > best.numerator * denominator) best = { threshold, numerator, denominator };
  }
  return best.threshold;
}

describe('otsuThreshold', () => {
  const random = createNumpyRandom(5);
  it.each([
    ['noise', () => random.choice(256)],
    ['two humps', () => Math.round(Math.min(255, Math.max(0, (random.rand() < 0.3 ? 60 : 180) + 15 * random.randn())))],
    ['few levels', () => random.choice(4) * 60],
  ])('is the exact maximum for %s', (_, draw) => {
    for (let repeat = 0; repeat < 20; repeat++) {
      const levels = Uint8Array.from({ length: 60 }, draw);
      expect(otsuThreshold(levels)).toBe(bruteForce(levels));
    }
  });

  it('takes the smallest of equally good thresholds: the end of the lower class', () => {
    expect(otsuThreshold(Uint8Array.of(10, 10, 200, 200))).toBe(10);
  });

  it('is the level itself when there is only one', () => {
    expect(otsuThreshold(Uint8Array.of(7, 7, 7))).toBe(7);
    expect(otsuThreshold(new Uint8Array(0))).toBe(0);
  });
});

describe('levelsOf', () => {
  it('rounds half to even as numpy.round, and puts 256 into the last bin', () => {
    const halves = Float32Array.of(0.5 / 256, 1.5 / 256, 2.5 / 256, 0.25, 1, 255.4 / 256, -0.1, 1.2);
    expect([...levelsOf(halves)]).toEqual([0, 2, 2, 64, 255, 255, 0, 255]);
  });
});
