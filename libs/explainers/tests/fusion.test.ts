import { describe, expect, it } from 'vitest';
import { stepThreshold } from '../src/sise/fusion.js';

describe("the step's threshold", () => {
  it("is Otsu's level where enough positions lie above one and a half of it", () => {
    // Levels 26 (round 25.6) and 230: every split between them is equally good, the smallest is 26. 50 % lie above 39.
    expect(stepThreshold(Float32Array.of(0.1, 0.1, 0.9, 0.9))).toBe(26 / 256);
  });

  it('is raised by half where less than a tenth do', () => {
    // 20 positions at level 128, 20 at 154: t = 128, and none lies at or above 192.
    const map = Float32Array.from({ length: 40 }, (_, i) => (i < 20 ? 0.5 : 0.6));
    expect(stepThreshold(map)).toBe(192 / 256);
  });

  it('counts a tenth as enough', () => {
    // 10 positions, one of which (10 %) lies at level 256, above 1.5·128 = 192.
    expect(stepThreshold(Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1))).toBe(128 / 256);
  });

  it('rounds one and a half of the level half to even and counts level 256 as itself', () => {
    // t = 171: 1.5·171 = 256.5 rounds to 256, which V = 1 reaches; 255.5/256 rounds to 256 too, 255.4/256 does not.
    const map = (top: number) => Float32Array.from({ length: 10 }, (_, i) => (i < 9 ? 171 / 256 : top));
    expect(stepThreshold(map(1))).toBe(171 / 256);
    expect(stepThreshold(map(255.5 / 256))).toBe(171 / 256);
    expect(stepThreshold(map(255.4 / 256))).toBe(256.5 / 256);
  });
});
