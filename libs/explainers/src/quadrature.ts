import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';

const rules = ['midpoint', 'trapezoid', 'gauss-legendre'] as const;
export type QuadratureRule = (typeof rules)[number];

/** Newton's method visits all points for every point: at most 10⁸ terms. */
const MOST_GAUSS_POINTS = 10_000;

/** The parameters of methods that integrate along a path. */
export const quadratureParams = {
  steps: z.int().min(1).max(1_000_000).default(50).meta({ description: 'Points of the rule along the path.' }),
  rule: z.enum(rules).default('midpoint').meta({
    description:
      'Where the points are. midpoint: in the middle of equal parts. trapezoid: at equal distances, both ends included, as in Xplique. gauss-legendre: the points that integrate polynomials best, as in Captum.',
  }),
};

/** The hashed part of the rule. The default is left out, so that maps from before the parameter existed keep their key. */
export function plannedRule(rule: QuadratureRule): { readonly rule?: QuadratureRule } {
  return rule === 'midpoint' ? {} : { rule };
}

/** @throws SPEC_INVALID for a number of steps that the rule does not have */
export function assertSteps(method: string, { steps, rule }: { readonly steps: number; readonly rule: QuadratureRule }): void {
  if (rule === 'trapezoid' && steps < 2)
    throw new XaigridError(
      'SPEC_INVALID',
      `${method}: the trapezoid rule has a point at both ends of the path: give 2 steps or more.`,
    );
  if (rule !== 'gauss-legendre' || steps <= MOST_GAUSS_POINTS) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `${method}: the Gauss–Legendre rule takes at most ${MOST_GAUSS_POINTS} steps, not ${steps}. Give fewer, or the midpoint rule.`,
  );
}

/** The points of a rule on [0, 1], and their weights, whose sum is 1. */
export interface Quadrature {
  readonly points: Float64Array<ArrayBuffer>;
  /** Absent: all the same. */
  readonly weights?: Float64Array<ArrayBuffer>;
}

/** The rule with `steps` points, in ascending order. */
export function quadrature(rule: QuadratureRule, steps: number): Quadrature {
  if (rule === 'gauss-legendre') return gaussLegendre(steps);
  if (rule === 'midpoint') return { points: Float64Array.from({ length: steps }, (_, at) => (at + 0.5) / steps) };
  const last = steps - 1;
  return {
    points: Float64Array.from({ length: steps }, (_, at) => at / last),
    weights: Float64Array.from({ length: steps }, (_, at) => (at === 0 || at === last ? 0.5 : 1) / last),
  };
}

/**
 * The roots of the Legendre polynomial of degree n by Newton's method from cos(π(i + ¾)/(n + ½)), and the weights 2/((1 − z²)P′²),
 * moved from [−1, 1] to [0, 1] (Abramowitz & Stegun, 25.4.29 and 25.4.30). Equal to `numpy.polynomial.legendre.leggauss` up to
 * rounding.
 */
function gaussLegendre(n: number): Quadrature {
  const points = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; 2 * i < n; i++) {
    let z = 2 * i + 1 === n ? 0 : Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    // It converges quadratically: four turns are enough from this start.
    for (let turn = 0; turn < 8; turn++) {
      let [own, before] = [1, 0];
      for (let degree = 1; degree <= n; degree++)
        [own, before] = [((2 * degree - 1) * z * own - (degree - 1) * before) / degree, own];
      slope = (n * (z * own - before)) / (z * z - 1);
      const change = own / slope;
      z -= change;
      if (Math.abs(change) < 1e-16) break;
    }
    const mirrored = n - 1 - i;
    points[i] = (1 - z) / 2;
    points[mirrored] = (1 + z) / 2;
    weights[i] = weights[mirrored] = 1 / ((1 - z * z) * slope * slope);
  }
  return { points, weights };
}
