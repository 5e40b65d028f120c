import { describe, expect, it } from 'vitest';
import { assertSteps, quadrature } from '../src/quadrature.js';

/** ∫₀¹ t^power by the rule. */
function integral(rule: Parameters<typeof quadrature>[0], steps: number, power: number): number {
  const { points, weights } = quadrature(rule, steps);
  return points.reduce((sum, point, at) => sum + point ** power * (weights?.[at] ?? 1 / steps), 0);
}

describe('the rules of a path', () => {
  it.each([1, 2, 3, 7, 20, 50, 301])('Gauss–Legendre with %i points integrates polynomials up to twice the degree', (steps) => {
    for (let power = 0; power < 2 * steps; power += Math.max(1, Math.floor(steps / 5)))
      expect(Math.abs(integral('gauss-legendre', steps, power) - 1 / (power + 1))).toBeLessThan(1e-14);
  });

  it('Gauss–Legendre with two points are at ½ ± 1/√12', () => {
    const { points, weights } = quadrature('gauss-legendre', 2);
    expect([...points]).toEqual(
      [0.5 - 1 / Math.sqrt(12), 0.5 + 1 / Math.sqrt(12)].map((value) => expect.closeTo(value, 15) as unknown),
    );
    expect([...(weights ?? [])]).toEqual([expect.closeTo(0.5, 15), expect.closeTo(0.5, 15)]);
  });

  it.each([
    // ∫ t² = 1/3: the midpoint rule is low by 1/(12n²), the trapezoid high by 1/(6(n − 1)²).
    ['midpoint', 5, 1 / 3 - 1 / 300],
    ['trapezoid', 5, 1 / 3 + 1 / 96],
  ] as const)('the %s rule errs as it must', (rule, steps, wanted) => {
    expect(integral(rule, steps, 2)).toBeCloseTo(wanted, 14);
    expect(integral(rule, steps, 1)).toBeCloseTo(0.5, 14);
  });

  it('refuses steps that a rule does not have', () => {
    expect(() => {
      assertSteps('m', { rule: 'trapezoid', steps: 1 });
    }).toThrow('m: the trapezoid rule has a point at both ends of the path: give 2 steps or more.');
    expect(() => {
      assertSteps('m', { rule: 'gauss-legendre', steps: 20_000 });
    }).toThrow('takes at most 10000 steps');
  });
});
